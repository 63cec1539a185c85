package org.secretfs.proxy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.BlockDevice;
import org.secretfs.nbd.protocol.NbdError;
import org.secretfs.nbd.protocol.NbdException;
import org.secretfs.nbd.server.ClientGoneException;
import org.secretfs.nbd.server.ClientPresence;

/**
 * The volume of an export as its clients' devices reach it, for as long as the export exists, while
 * the volume itself comes and goes. Holds requests back as the rate limit asks, stops them at a
 * gate while there is no volume, and drops those whose clients have left meanwhile.
 */
final class GatedVolume {
  /** How soon it is noticed that the client of a waiting request has left. */
  private static final Duration LOOK_FOR_CLIENT_EVERY = Duration.ofMillis(200);

  private final String name;
  private final boolean readOnly;
  private final boolean waits;
  private final Throttle throttle;
  private final ExportMetrics metrics;
  private final Gate gate = new Gate();
  private final AtomicReference<@Nullable IOException> loss = new AtomicReference<>();
  private volatile @Nullable BlockDevice volume;
  private volatile long sizeBytes;

  GatedVolume(ExportSpec spec, ExportMetrics metrics) {
    this.name = spec.name();
    this.readOnly = spec.readOnly();
    this.waits = spec.onSuspend() == ExportSpec.OnSuspend.WAIT;
    this.throttle = new Throttle(spec.rateLimit());
    this.metrics = metrics;
  }

  /** Puts a volume behind the gate and opens it. */
  void install(BlockDevice opened) {
    volume = opened;
    sizeBytes = opened.sizeBytes();
    gate.open();
  }

  /** Lets no further request in; returns whether those inside ended in time. */
  boolean shut(Duration most) {
    return gate.close(most);
  }

  /** Takes the volume out, for the caller to close; null if there was none. */
  @Nullable BlockDevice remove() {
    BlockDevice removed = volume;
    volume = null;
    return removed;
  }

  /** Says that no volume will come again. */
  void end() {
    gate.end();
  }

  /** The size now, or as it was last. */
  long sizeBytes() {
    BlockDevice device = volume;
    return device == null ? sizeBytes : device.sizeBytes();
  }

  /** Whether the volume, if it is there, zeroes faster than by writing. */
  boolean zeroesFast() {
    BlockDevice device = volume;
    return device != null && device.zeroesFast();
  }

  /**
   * Lets a request in, late where the rate limit or a suspension says so; whoever got in must
   * {@link #leave}.
   *
   * @throws ClientGoneException if the client left while the request waited
   * @throws NbdException if there is no volume and none is to be waited for
   */
  BlockDevice enter(long lengthBytes, ClientPresence client) throws IOException {
    if (throttle.limits()) {
      long nanos = throttle.await(lengthBytes);
      metrics.waited(nanos);
      if (nanos > 0) {
        requireThere(client);
      }
    }
    while (!gate.tryEnter()) {
      if (!waits && !gate.hasEnded()) {
        throw new NbdException(NbdError.EPERM, "export %s is suspended".formatted(name));
      }
      awaitOpen();
      requireThere(client);
    }
    BlockDevice device = volume;
    if (device == null) {
      gate.leave();
      throw new IllegalStateException("the gate is open and there is no volume");
    }
    return device;
  }

  private static void requireThere(ClientPresence client) throws ClientGoneException {
    if (!client.isThere()) {
      throw new ClientGoneException();
    }
  }

  private void awaitOpen() throws IOException {
    try {
      if (!gate.awaitOpen(LOOK_FOR_CLIENT_EVERY)) {
        throw new NbdException(NbdError.ESHUTDOWN, "export %s is closed".formatted(name));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while export %s is suspended".formatted(name));
    }
  }

  void leave() {
    gate.leave();
  }

  /**
   * Remembers that a flush failed: what clients wrote may be lost. A flush covers the writes of all
   * connections, so that of none may succeed until {@link #forgetLoss}.
   */
  void noteLoss(IOException failure) {
    loss.compareAndSet(null, failure);
  }

  boolean hasLoss() {
    return loss.get() != null;
  }

  /** Nobody is left who could have lost anything. */
  void forgetLoss() {
    loss.set(null);
  }

  void refuseAfterLoss() throws IOException {
    IOException failure = loss.get();
    if (failure != null) {
      throw new IOException("an earlier flush failed: " + failure.getMessage(), failure);
    }
  }

  void requireWritable() throws IOException {
    if (readOnly) {
      throw new NbdException(NbdError.EPERM, "export %s is read-only".formatted(name));
    }
  }
}
