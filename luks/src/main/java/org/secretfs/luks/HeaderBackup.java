package org.secretfs.luks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/**
 * A copy of a volume's header and keyslot areas, in the form that cryptsetup writes: the bytes from
 * the begin of the device to the end of the keyslots. Immutable.
 *
 * <p>Whoever has one and a passphrase that opened the volume when it was taken opens the volume,
 * whatever was done to its keyslots since.
 */
public final class HeaderBackup {
  private static final int UNIT_BYTES = 4096;
  private static final long MAX_BYTES = MetadataReader.MAX_KEYSLOTS_SIZE_BYTES + (8L << 20);

  private final byte[] bytes;
  private final LuksHeader header;

  private HeaderBackup(byte[] bytes) throws IOException, LuksException {
    this.bytes = bytes;
    this.header = LuksHeader.read(new MemoryStorage(bytes));
    if (bytes.length < header.headerSizeBytes()) {
      throw new LuksException.CorruptHeader(0, "the backup ends within the keyslots");
    }
    // What is put back later must be whole.
    header.repair();
  }

  /**
   * Takes a backup, also of a volume in re-encryption, which is not put back here. Costs a read of
   * the header area, 16 MiB as a rule.
   *
   * @throws LuksException as {@link LuksHeader#read}
   */
  public static HeaderBackup of(LuksStorage device) throws IOException, LuksException {
    try (LuksStorage.Lock _ = device.lock(LuksStorage.LockMode.SHARED)) {
      long size = LuksHeader.read(device).headerSizeBytes();
      long rounded = Math.ceilDiv(size, UNIT_BYTES) * UNIT_BYTES;
      if (rounded > MAX_BYTES) {
        throw new LuksException.UnsupportedFeature(
            "a backup of %d bytes, for a keyslot lies far behind the header: at most %d"
                .formatted(rounded, MAX_BYTES));
      }
      return new HeaderBackup(bytes(device, Math.min(rounded, device.sizeBytes())));
    }
  }

  /**
   * Reads a backup and validates it whole.
   *
   * @throws LuksException.BackupRefused if it was taken of a volume in re-encryption
   * @throws LuksException if it is none, as {@link LuksVolume#read}
   */
  public static HeaderBackup read(LuksStorage file) throws IOException, LuksException {
    if (file.sizeBytes() > MAX_BYTES) {
      throw new LuksException.NotLuks(
          "%d bytes are no backup of a header: at most %d".formatted(file.sizeBytes(), MAX_BYTES));
    }
    HeaderBackup backup = new HeaderBackup(bytes(file, file.sizeBytes()));
    var _ = backup.volume();
    return backup;
  }

  private static byte[] bytes(LuksStorage storage, long lengthBytes) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(lengthBytes)];
    storage.read(ByteBuffer.wrap(bytes), 0);
    return bytes;
  }

  /** Writes the backup as cryptsetup would. */
  public void writeTo(OutputStream out) throws IOException {
    out.write(bytes);
  }

  public int version() {
    return header.version();
  }

  public UUID uuid() {
    return header.uuid();
  }

  public long sizeBytes() {
    return bytes.length;
  }

  /**
   * Why the backup does not belong on {@code device}; empty if nothing speaks against it. A device
   * whose header area holds neither LUKS nor anything else that is recognised lost its header.
   *
   * @throws LuksException.ReencryptionUnfinished on a volume in re-encryption: only its header
   *     knows which parts are under which key
   */
  public List<String> objections(LuksStorage device) throws IOException, LuksException {
    return BackupCheck.objections(this, device);
  }

  /**
   * Puts the backup back, if nothing speaks against it.
   *
   * <p>Where the device has a whole header, a power cut leaves a volume that opens as before or as
   * the backup: keyslots that differ are first written to free places, and the header names them
   * there until they are at their own. Otherwise the header is written last, and restoring can be
   * repeated.
   *
   * @throws LuksException.BackupRefused if something speaks against it; nothing was written
   * @throws LuksException.NoRoom if there is no free place for keyslots that differ; nothing was
   *     written
   */
  public void restore(LuksStorage device) throws IOException, LuksException {
    try (LuksStorage.Lock _ = device.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      LuksStorage locked = new LockedStorage(device);
      List<String> objections = objections(locked);
      if (!objections.isEmpty()) {
        throw new LuksException.BackupRefused(String.join("; ", objections));
      }
      new HeaderRestoration(this, locked).run();
    }
  }

  /**
   * Puts the backup on the device, whatever is there: a header of another volume, and with it the
   * only way to that volume's data, is lost. May be repeated after a crash.
   *
   * @throws LuksException.ReencryptionUnfinished over a volume in re-encryption, which a program
   *     may be rewriting just now; whoever gives its data up erases it first
   */
  public void restoreOverAnything(LuksStorage device) throws IOException, LuksException {
    var _ = volume();
    try (LuksStorage.Lock _ = device.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      LuksStorage locked = new LockedStorage(device);
      refuseReencryption(locked);
      new HeaderRestoration(this, locked).runOverAnything();
    }
  }

  private static void refuseReencryption(LuksStorage device)
      throws IOException, LuksException.ReencryptionUnfinished {
    try {
      var _ = LuksVolume.read(device);
    } catch (LuksException.ReencryptionUnfinished e) {
      throw e;
    } catch (LuksException e) {
      // Whatever else it is may be replaced.
    }
  }

  /**
   * The volume that the backup makes.
   *
   * @throws LuksException.BackupRefused if the backup is of one in re-encryption: what is under
   *     which key, only the header on the device knows
   */
  LuksVolume volume() throws LuksException {
    return switch (header) {
      case LuksVolume volume -> volume;
      case ReencryptingHeader _ ->
          throw new LuksException.BackupRefused(
              "it was taken in the middle of a re-encryption, which has gone on since");
    };
  }

  /** What is in it, whether it can be put back or not. */
  LuksHeader header() {
    return header;
  }

  ByteBuffer range(long offsetBytes, long lengthBytes) {
    return ByteBuffer.wrap(bytes, Math.toIntExact(offsetBytes), Math.toIntExact(lengthBytes));
  }

  LuksStorage storage() {
    return new MemoryStorage(bytes.clone());
  }
}
