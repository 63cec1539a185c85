package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.luks.ReencryptKeyslot.Mode;
import org.secretfs.luks.ReencryptPlan.Zone;

/**
 * One run over the zones of a volume.
 *
 * <p>For each zone, in this order, every step durable before the next: what protects it goes into
 * the keyslot's area; the header says that it is hot; its new bytes are written; the header says
 * that it is new. Whatever is cut off, the header and the area tell how to finish the zone. The
 * last zone's last step is the end of the whole re-encryption, in the same update of the header.
 * The next zone is read and encrypted while the one before it is being written, unless somebody
 * uses the volume meanwhile.
 */
final class ReencryptSession implements AutoCloseable {
  private static final long DEFAULT_ZONE_BYTES = 64L << 20;
  private static final int WIPE_CHUNK_BYTES = 1 << 20;

  private final ReencryptHeader header;
  private final LuksStorage data;
  private final ReencryptRun run;
  private final HotzoneGate gate;
  private final Map<Integer, Token> manifests;
  private final Workers workers;
  private final ZoneMover mover;
  private final Throttle throttle;
  private final List<ZoneBuffer> spare = new ArrayList<>();
  private @Nullable Ahead ahead;

  /** A zone that is being prepared. */
  private record Ahead(Zone zone, FutureTask<ZoneBuffer> task) {}

  ReencryptSession(
      ReencryptHeader header,
      LuksStorage data,
      ReencryptKeys keys,
      ReencryptRun run,
      HotzoneGate gate,
      Map<Integer, Token> manifests)
      throws LuksException {
    this.manifests = manifests;
    this.header = header;
    this.data = data;
    this.run = run;
    this.gate = gate;
    this.workers = new Workers(run.workers());
    try {
      this.mover = new ZoneMover(data, header.reencryption(), keys, workers);
    } catch (LuksException | RuntimeException e) {
      workers.close();
      throw e;
    }
    this.throttle = new Throttle(run.bytesPerSecond());
  }

  private ReencryptPlan plan(ReencryptMetadata metadata) throws LuksException {
    return ReencryptPlan.of(metadata, data.sizeBytes(), run.volumeBytes());
  }

  /** Finishes the zone that was hot when a run before this one ended. */
  void recover() throws IOException, LuksException {
    ReencryptPlan plan =
        ReencryptPlan.of(header.reencryption(), data.sizeBytes(), OptionalLong.empty());
    Optional<Zone> interrupted = plan.interrupted();
    if (interrupted.isEmpty()) {
      return;
    }
    Zone zone = interrupted.get();
    gate.close(zone.offsetBytes(), zone.lengthBytes());
    try {
      restore(plan, zone);
      header.storeParts(plan.done(zone));
    } catch (IOException | LuksException | RuntimeException e) {
      gate.fail(e);
      throw e;
    }
    gate.open(plan(header.reencryption()).sections());
  }

  private void restore(ReencryptPlan plan, Zone zone) throws IOException, LuksException {
    ReencryptKeyslot keyslot = header.reencryption().keyslot();
    Resilience protection = keyslot.resilience().forPart(plan.isMovedPart(zone));
    VolumeSegment source = plan.source(zone);
    VolumeSegment destination = plan.destination(zone);
    if (zone.lengthBytes() > protection.capacityBytes(keyslot.areaBytes())) {
      throw new LuksException.ReencryptionRefused(
          "the part of %d bytes that was being rewritten is more than its area protects"
              .formatted(zone.lengthBytes()));
    }
    ZoneMover.Area area =
        (target, offset) -> header.storage().read(target, keyslot.areaOffsetBytes() + offset);
    switch (protection.kind()) {
      case CHECKSUM -> mover.recoverByChecksums(source, destination, zone, protection, area);
      case JOURNAL -> mover.recoverFromCopy(source, destination, zone, area);
      case DATASHIFT ->
          mover.recoverFromCopy(
              source,
              destination,
              zone,
              (target, offset) -> data.read(target, source.offsetBytes() + offset));
      case NONE, DATASHIFT_JOURNAL, DATASHIFT_CHECKSUM ->
          throw new LuksException.ReencryptionRefused(
              "the part that was being rewritten had no protection");
    }
  }

  /**
   * Goes on until the end or until the listener says so.
   *
   * @return whether the end was reached
   */
  boolean run(ReencryptListener listener) throws IOException, LuksException {
    recover();
    // A run before this one may have failed after it wrote more than it knew of.
    gate.open(plan(header.reencryption()).sections());
    while (true) {
      ReencryptPlan plan = plan(header.reencryption());
      if (!listener.progress(plan.doneBytes(), plan.volumeBytes())) {
        return false;
      }
      Optional<Zone> next = plan.next(mostBytes());
      if (next.isEmpty()) {
        finishDone(plan);
        return true;
      }
      if (step(plan, next.get())) {
        listener.progress(plan.volumeBytes(), plan.volumeBytes());
        return true;
      }
      throttle.await(next.get().lengthBytes());
    }
  }

  /** How much is rewritten at once: as the area, memory, the caller and the throttle allow. */
  private long mostBytes() throws LuksException {
    ReencryptMetadata metadata = header.reencryption();
    long unit = unitBytes(metadata);
    long capacity = metadata.resilience().capacityBytes(metadata.keyslot().areaBytes());
    long memory = Runtime.getRuntime().maxMemory() / 8;
    long most = Math.min(run.hotzoneBytes().orElse(DEFAULT_ZONE_BYTES), Math.min(capacity, memory));
    if (run.bytesPerSecond().isPresent()) {
      most = Math.min(most, Math.max(unit, run.bytesPerSecond().getAsLong()));
    }
    if (most < unit) {
      throw new LuksException.ReencryptionRefused(
          "%d bytes at once: must be %d or more".formatted(most, unit));
    }
    return most - most % unit;
  }

  private static long unitBytes(ReencryptMetadata metadata) {
    int sector = Math.max(metadata.previous().sectorSize(), metadata.target().sectorSize());
    return Math.max(sector, metadata.resilience().blockSize());
  }

  /** Rewrites a zone; returns whether that ended the re-encryption. */
  private boolean step(ReencryptPlan plan, Zone zone) throws IOException, LuksException {
    Resilience protection = header.reencryption().resilience().forPart(plan.isMovedPart(zone));
    gate.close(zone.offsetBytes(), zone.lengthBytes());
    ZoneBuffer buffer;
    try {
      buffer = loaded(plan, zone, protection);
    } catch (IOException | RuntimeException e) {
      gate.open(plan.sections());
      throw e;
    }
    boolean ended;
    try {
      protect(plan, zone, protection, buffer);
      startAhead(plan, zone);
      mover.store(buffer, plan.destination(zone));
      ended = commit(plan, zone);
    } catch (IOException | LuksException | RuntimeException e) {
      gate.fail(e);
      throw e;
    }
    spare.add(buffer);
    gate.open(plan(plan.done(zone)).sections());
    return ended;
  }

  private ZoneBuffer loaded(ReencryptPlan plan, Zone zone, Resilience protection)
      throws IOException {
    Ahead prepared = ahead;
    if (prepared != null) {
      ZoneBuffer buffer = await(prepared.task());
      ahead = null;
      if (prepared.zone().equals(zone)) {
        return buffer;
      }
      spare.add(buffer);
    }
    return load(buffer(), plan, zone, protection);
  }

  private ZoneBuffer buffer() {
    return spare.isEmpty() ? new ZoneBuffer() : spare.removeLast();
  }

  private static ZoneBuffer await(FutureTask<ZoneBuffer> task) throws IOException {
    try {
      return task.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw new IOException(io.getMessage(), io);
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException("interrupted while data was read");
    }
  }

  /** May run on a thread of its own. */
  private ZoneBuffer load(ZoneBuffer buffer, ReencryptPlan plan, Zone zone, Resilience protection)
      throws IOException {
    VolumeSegment source = plan.source(zone);
    mover.load(buffer, source, zone, protection);
    if (protection.kind() != Resilience.Kind.JOURNAL) {
      mover.transform(buffer, source, plan.destination(zone));
    }
    return buffer;
  }

  private void protect(ReencryptPlan plan, Zone zone, Resilience protection, ZoneBuffer buffer)
      throws IOException, LuksException {
    switch (protection.kind()) {
      case NONE -> {
        return;
      }
      case CHECKSUM -> header.storeProtection(List.of(buffer.checksumView()));
      case JOURNAL -> {
        List<ByteBuffer> pieces = new ArrayList<>();
        for (int i = 0; i < buffer.chunkCount(); i++) {
          pieces.add(buffer.view(i));
        }
        header.storeProtection(pieces);
        mover.transform(buffer, plan.source(zone), plan.destination(zone));
      }
      case DATASHIFT, DATASHIFT_JOURNAL, DATASHIFT_CHECKSUM -> {
        // The old bytes stay where they are, and the hot segment says where that is.
      }
    }
    header.storeParts(plan.hot(zone));
  }

  /** Starts to prepare the zone behind this one, unless its bytes may still change. */
  private void startAhead(ReencryptPlan plan, Zone zone) throws LuksException {
    if (!workers.areSeveral() || gate.isInUse()) {
      return;
    }
    ReencryptPlan after = plan(plan.done(zone));
    Optional<Zone> next = after.next(mostBytes());
    if (next.isEmpty()
        || overlap(after.source(next.get()), next.get(), plan.destination(zone), zone)) {
      return;
    }
    Resilience protection =
        header.reencryption().resilience().forPart(after.isMovedPart(next.get()));
    ZoneBuffer buffer = buffer();
    FutureTask<ZoneBuffer> task =
        new FutureTask<>(() -> load(buffer, after, next.get(), protection));
    Thread.ofPlatform().daemon().name("reencrypt-ahead").start(task);
    ahead = new Ahead(next.get(), task);
  }

  private static boolean overlap(
      VolumeSegment source, Zone from, VolumeSegment destination, Zone to) {
    return source.offsetBytes() < destination.offsetBytes() + to.lengthBytes()
        && destination.offsetBytes() < source.offsetBytes() + from.lengthBytes();
  }

  private boolean commit(ReencryptPlan plan, Zone zone) throws IOException, LuksException {
    ReencryptMetadata done = plan.done(zone);
    if (done.isDone() && !leavesPlaintext(done)) {
      end(done);
      return true;
    }
    header.storeParts(done);
    return false;
  }

  /** Whether the part that was moved aside is still there in the clear. */
  private static boolean leavesPlaintext(ReencryptMetadata metadata) {
    return metadata.mode() == Mode.ENCRYPT && metadata.moved().isPresent();
  }

  private void finishDone(ReencryptPlan plan) throws IOException, LuksException {
    ReencryptMetadata metadata = header.reencryption();
    if (leavesPlaintext(metadata)) {
      VolumeSegment moved = metadata.moved().orElseThrow();
      wipe(moved.offsetBytes(), moved.sizeBytes().orElse(0));
    }
    end(metadata);
    gate.open(plan.sections());
  }

  private void end(ReencryptMetadata metadata) throws IOException, LuksException {
    header.finish(manifests);
    if (metadata.mode() == Mode.DECRYPT && metadata.moved().isPresent()) {
      long shift = metadata.resilience().shiftBytes();
      wipe(data.sizeBytes() - shift, shift);
    }
  }

  private void wipe(long offsetBytes, long lengthBytes) throws IOException {
    for (long done = 0; done < lengthBytes; done += WIPE_CHUNK_BYTES) {
      int length = (int) Math.min(WIPE_CHUNK_BYTES, lengthBytes - done);
      data.write(ByteBuffer.wrap(KernelRandom.bytes(length)), offsetBytes + done);
    }
    data.sync();
  }

  @Override
  public void close() {
    Ahead left = ahead;
    if (left != null) {
      awaitEnd(left.task());
    }
    workers.close();
    mover.close();
  }

  /** Waits, interrupted or not: the thread works with keys that are wiped next. */
  private static void awaitEnd(FutureTask<ZoneBuffer> task) {
    boolean interrupted = false;
    while (!task.isDone()) {
      try {
        ZoneBuffer _ = task.get();
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        // It was prepared in vain; whoever resumes meets the same fault and reports it.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
