package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.luks.HotzoneGate;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksStorage;
import org.secretfs.luks.ReencryptListener;
import org.secretfs.luks.ReencryptRun;
import org.secretfs.luks.Reencryption;
import org.secretfs.luks.VolumeSegment;

/**
 * The plaintext of a volume in re-encryption, in use while it is re-encrypted.
 *
 * <p>Requests go to the old or to the new form of the volume, by where they are; those into the
 * part that is being rewritten wait, all others go on. {@link #run} re-encrypts, in a thread of the
 * caller's; without it the volume is served as it is. Where rewriting a part fails half-way,
 * requests into it fail until another run has recovered it.
 *
 * <p>The volume is served up to its end even if it grows or shrinks at the end of the
 * re-encryption. Closing it closes the re-encryption and the backing device; no run may be going on
 * then.
 */
public final class ReencryptingBlockDevice implements BlockDevice {
  private final BlockDevice backing;
  private final Reencryption reencryption;
  private final RangeGate gate = new RangeGate();
  private final Gate engineGate = new Gate();
  private final @Nullable BlockDevice moved;
  private final BlockDevice old;
  private final BlockDevice fresh;
  private final long sizeBytes;
  private volatile List<HotzoneGate.Section> sections;

  /**
   * Serves a volume in re-encryption; recovers the part that was being rewritten, if any.
   *
   * @param backing where the data is; taken over
   * @param reencryption unlocked; taken over
   */
  public static ReencryptingBlockDevice open(BlockDevice backing, Reencryption reencryption)
      throws IOException, LuksException {
    reencryption.recover();
    return new ReencryptingBlockDevice(backing, reencryption);
  }

  private ReencryptingBlockDevice(BlockDevice backing, Reencryption reencryption)
      throws IOException, LuksException {
    this.backing = backing;
    this.reencryption = reencryption;
    this.sections = reencryption.sections(OptionalLong.empty());
    HotzoneGate.Section last = sections.getLast();
    this.sizeBytes = last.offsetBytes() + last.lengthBytes();
    this.old = form(reencryption.previous(), reencryption.oldCipher());
    this.fresh = form(reencryption.target(), reencryption.newCipher());
    Optional<VolumeSegment> aside = reencryption.moved();
    this.moved = aside.isPresent() ? form(aside.get(), reencryption.oldCipher()) : null;
  }

  private BlockDevice form(VolumeSegment segment, Optional<SectorCipher> cipher)
      throws IOException {
    if (cipher.isPresent()) {
      return new EncryptedBlockDevice(
          backing, segment.asCrypt(), cipher.get(), EncryptedBlockDevice.TrimPolicy.IGNORE);
    }
    long room = backing.sizeBytes() - segment.offsetBytes();
    return new PlainBlockDevice(backing, segment.offsetBytes(), segment.sizeBytes().orElse(room));
  }

  /**
   * Re-encrypts while the volume is in use, until the end or until the listener says so.
   *
   * @return whether the end was reached
   * @throws IOException if the device failed; the volume is served on, and this may be called again
   */
  public boolean run(ReencryptRun run, ReencryptListener listener)
      throws IOException, LuksException {
    return reencryption.run(run, engineGate, listener);
  }

  private final class Gate implements HotzoneGate {
    @Override
    public void close(long offsetBytes, long lengthBytes) throws IOException {
      gate.close(offsetBytes, lengthBytes);
    }

    @Override
    public void open(List<Section> now) {
      gate.open(() -> sections = now);
    }

    @Override
    public void fail(Exception cause) {
      gate.fail(cause);
    }
  }

  /** What is done with one part of a request. */
  private interface Piece {
    void run(BlockDevice form, int lengthBytes, long offsetBytes) throws IOException;
  }

  private void forEachPiece(long offsetBytes, int lengthBytes, Piece piece) throws IOException {
    Ranges.check(this, offsetBytes, lengthBytes);
    RangeGate.Pass pass = gate.enter(offsetBytes, lengthBytes);
    try {
      long position = offsetBytes;
      long end = offsetBytes + lengthBytes;
      for (HotzoneGate.Section section : sections) {
        long sectionEnd = section.offsetBytes() + section.lengthBytes();
        if (position < end && position < sectionEnd) {
          int length = (int) (Math.min(end, sectionEnd) - position);
          piece.run(form(section), length, position);
          position += length;
        }
      }
    } finally {
      gate.leave(pass);
    }
  }

  private BlockDevice form(HotzoneGate.Section section) {
    return switch (section.place()) {
      case OLD -> old;
      case NEW -> fresh;
      case MOVED -> java.util.Objects.requireNonNull(moved);
    };
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    forEachPiece(
        offsetBytes,
        target.remaining(),
        (form, length, offset) -> within(target, length, () -> form.read(target, offset)));
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    forEachPiece(
        offsetBytes,
        source.remaining(),
        (form, length, offset) -> within(source, length, () -> form.write(source, offset)));
  }

  private interface Transfer {
    void run() throws IOException;
  }

  private static void within(ByteBuffer buffer, int lengthBytes, Transfer transfer)
      throws IOException {
    int limit = buffer.limit();
    buffer.limit(buffer.position() + lengthBytes);
    try {
      transfer.run();
    } finally {
      buffer.limit(limit);
    }
  }

  @Override
  public void flush() throws IOException {
    backing.flush();
  }

  /** Does nothing: a sector that the device forgot would be rewritten as something else. */
  @Override
  public void trim(long offsetBytes, long lengthBytes) {
    Ranges.check(this, offsetBytes, lengthBytes);
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    Ranges.writeZeroBuffers(this, offsetBytes, lengthBytes);
  }

  /** The re-encryption's lock is given back, its keys are wiped, and the device is closed. */
  @Override
  public void close() throws IOException {
    try {
      old.close();
      fresh.close();
      if (moved != null) {
        moved.close();
      }
      reencryption.close();
    } finally {
      backing.close();
    }
  }

  /** The same device as where a header and its data are. */
  public static LuksStorage storage(BlockDevice device) {
    return BlockDeviceStorage.owning(device);
  }
}
