package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.ReencryptBeginning.Opened;
import org.secretfs.luks.ReencryptBeginning.Shape;
import org.secretfs.luks.ReencryptKeyslot.Direction;
import org.secretfs.luks.ReencryptKeyslot.Mode;
import org.secretfs.luks.ReencryptMetadata.Part;
import org.secretfs.luks.ReencryptMetadata.Side;

/**
 * Begins re-encryptions; {@link Reencryption} runs them.
 *
 * <p>Each method ends with one update of a header: a crash before leaves things as they were, and
 * the method can be called again. The passphrases stay the caller's, and so do the storages.
 */
public final class ReencryptionSetup {
  private static final int LEAST_VERSION = 2;
  private static final int MOVING_DECRYPTION_VERSION = 3;
  private static final long MOST_MOVED_BYTES = 20L << 20;
  private static final int COPY_BYTES = 1 << 20;

  private ReencryptionSetup() {}

  /**
   * Begins to change the key, cipher or sector size of a volume.
   *
   * <p>With a new key, each passphrase gets a new keyslot; keyslots whose passphrase is not given
   * are destroyed at the end.
   *
   * @param header where the header is
   * @param data where the data is: the same storage, unless the header is detached
   * @throws LuksException.ReencryptionRefused if nothing would change, or sizes do not fit
   * @throws LuksException.NoKeyslotOpened if a passphrase opens no keyslot
   */
  public static void reencrypt(
      LuksStorage header,
      LuksStorage data,
      List<SecretBuffer> passphrases,
      ReencryptOptions options)
      throws IOException, LuksException {
    ReencryptHeader opened = ReencryptHeader.open(header);
    ReencryptBeginning beginning = new ReencryptBeginning(opened);
    VolumeSegment old = VolumeSegment.of(opened.metadata().segment());
    List<Opened> keyslots = beginning.open(passphrases);
    try {
      VolumeKey oldKey = keyslots.getFirst().key();
      int keyBytes = keyBytes(options, oldKey);
      VolumeSegment target =
          VolumeSegment.crypt(
              old.offsetBytes() + options.shiftBytes(),
              OptionalLong.empty(),
              options.cipher().orElse(old.cipher()),
              options.sectorSize().orElse(old.sectorSize()),
              0);
      requireChange(options, old, target, keyBytes, oldKey);
      requireWhole(data, old, target, options);
      if (options.keepKey()) {
        ZoneMover.open(target, oldKey).close();
        store(
            beginning, old, target, options, OptionalInt.of(beginning.oldDigest()), oldKey, oldKey);
        return;
      }
      NewKeyslots rest =
          newKey -> {
            ZoneMover.open(target, newKey).close();
            int digest = beginning.addKey(newKey, keyslots, passphrases, options.kdf());
            store(beginning, old, target, options, OptionalInt.of(digest), oldKey, newKey);
          };
      withNewKey(options, keyBytes, rest);
    } finally {
      keyslots.forEach(one -> one.key().close());
    }
  }

  /** What is done with the new key. */
  private interface NewKeyslots {
    void add(VolumeKey newKey) throws IOException, LuksException;
  }

  private static void withNewKey(ReencryptOptions options, int keyBytes, NewKeyslots rest)
      throws IOException, LuksException {
    if (options.newKey().isPresent()) {
      rest.add(options.newKey().get());
      return;
    }
    try (VolumeKey newKey = VolumeKey.random(keyBytes)) {
      rest.add(newKey);
    }
  }

  private static int keyBytes(ReencryptOptions options, VolumeKey oldKey) throws LuksException {
    int given = options.newKey().orElse(oldKey).length();
    int keyBytes = options.keySizeBits().orElse(given * Byte.SIZE) / Byte.SIZE;
    if (options.newKey().isPresent() && keyBytes != given) {
      throw new LuksException.ReencryptionRefused(
          "the new volume key has %d bits, not %d"
              .formatted(given * Byte.SIZE, keyBytes * Byte.SIZE));
    }
    return keyBytes;
  }

  private static void requireChange(
      ReencryptOptions options,
      VolumeSegment old,
      VolumeSegment target,
      int keyBytes,
      VolumeKey oldKey)
      throws LuksException {
    if (options.keepKey() && keyBytes != oldKey.length()) {
      throw new LuksException.ReencryptionRefused("a key that stays keeps its length");
    }
    if (options.keepKey() && old.sameKindAs(target) && options.shiftBytes() == 0) {
      throw new LuksException.ReencryptionRefused(
          "neither key nor cipher nor sector size would change");
    }
  }

  private static void requireWhole(
      LuksStorage data, VolumeSegment old, VolumeSegment target, ReencryptOptions options)
      throws LuksException {
    if (old.sizeBytes().isPresent()) {
      throw new LuksException.ReencryptionRefused("the volume has a fixed size");
    }
    int unit = Math.max(old.sectorSize(), target.sectorSize());
    long offset = Math.max(old.offsetBytes(), target.offsetBytes());
    requireFits(data.sizeBytes() - offset, unit, options);
  }

  private static void requireFits(long roomBytes, int unit, ReencryptOptions options)
      throws LuksException {
    long bytes = options.volumeBytes().orElse(roomBytes);
    if (bytes > roomBytes) {
      throw new LuksException.ReencryptionRefused(
          "%d bytes of data: the device has %d".formatted(bytes, roomBytes));
    }
    requireMultiple(bytes, unit);
  }

  private static void requireMultiple(long dataBytes, int unit) throws LuksException {
    if (dataBytes <= 0) {
      throw new LuksException.NoRoom(
          "the device is too small: %d bytes are missing".formatted(1 - dataBytes));
    }
    if (dataBytes % unit != 0) {
      throw new LuksException.ReencryptionRefused(
          "%d bytes of data: must be a multiple of %d".formatted(dataBytes, unit));
    }
  }

  private static void store(
      ReencryptBeginning beginning,
      VolumeSegment old,
      VolumeSegment target,
      ReencryptOptions options,
      OptionalInt newDigest,
      VolumeKey oldKey,
      VolumeKey newKey)
      throws IOException, LuksException {
    int sector = Math.max(old.sectorSize(), target.sectorSize());
    Shape shape =
        new Shape(
            Mode.REENCRYPT,
            options.shiftBytes() > 0 ? Direction.BACKWARD : Direction.FORWARD,
            options.resilience(sector),
            LEAST_VERSION,
            List.of(new Part(old, Side.OLD)),
            old,
            target,
            Optional.empty());
    beginning.store(shape, newDigest, borrowed(oldKey, newKey));
  }

  /** Not closed: the keys are those of the caller. */
  private static ReencryptKeys borrowed(
      @org.jspecify.annotations.Nullable VolumeKey oldKey,
      @org.jspecify.annotations.Nullable VolumeKey newKey) {
    return new ReencryptKeys(oldKey, newKey);
  }

  /**
   * Begins to encrypt the data of a device in place, under a header on a storage of its own.
   *
   * @param header gets the header, whatever was on it before
   * @param format what volume it becomes; its data offset is 0
   */
  public static void encryptWithDetachedHeader(
      LuksStorage header,
      LuksStorage data,
      SecretBuffer passphrase,
      FormatOptions format,
      ReencryptOptions options)
      throws IOException, LuksException {
    requireFits(data.sizeBytes() - format.dataOffsetBytes(), format.sectorSize(), options);
    HeaderImage image = new HeaderImage(header.sizeBytes());
    VolumeSegment plain = VolumeSegment.linear(format.dataOffsetBytes(), OptionalLong.empty());
    Shape shape =
        new Shape(
            Mode.ENCRYPT,
            Direction.FORWARD,
            options.resilience(format.sectorSize()),
            LEAST_VERSION,
            List.of(new Part(plain, Side.OLD)),
            plain,
            target(format),
            Optional.empty());
    make(image, format, passphrase, shape);
    ReencryptPlacement.place(header, image.content(), headerBytes(image));
  }

  private static VolumeSegment target(FormatOptions format) {
    return VolumeSegment.crypt(
        format.dataOffsetBytes(),
        OptionalLong.empty(),
        format.cipher().dmCryptName(),
        format.sectorSize(),
        0);
  }

  private static void make(
      HeaderImage image, FormatOptions format, SecretBuffer passphrase, Shape shape)
      throws IOException, LuksException {
    Luks2Volume volume = Luks2Volume.format(image, format, passphrase);
    ReencryptHeader made = ReencryptHeader.open(image);
    ReencryptBeginning beginning = new ReencryptBeginning(made);
    try (VolumeKey key = volume.unlock(passphrase)) {
      beginning.store(shape, OptionalInt.of(beginning.oldDigest()), borrowed(null, key));
    }
  }

  /**
   * Begins to encrypt the data of a device in place, with the header at its beginning.
   *
   * <p>The last {@code 2 × shiftBytes} of the device must be free: a file system on it is made
   * smaller first. The first {@code shiftBytes} move to the end and make room for the header; all
   * other data moves up by as much. A device on which this was cut off says so by itself, see
   * {@link #isCutOff}, and calling it again goes on.
   *
   * @param format what volume it becomes; its data offset is {@code shiftBytes}
   */
  public static void encryptWithHeaderAtTheBeginning(
      LuksStorage device, SecretBuffer passphrase, FormatOptions format)
      throws IOException, LuksException {
    if (ReencryptPlacement.isCutOff(device)) {
      ReencryptPlacement.resume(device);
      return;
    }
    long shift = format.dataOffsetBytes();
    long size = device.sizeBytes();
    if (size < 4 * shift) {
      throw new LuksException.NoRoom(
          "the device of %d bytes is too small to move data by %d: it must have %d"
              .formatted(size, shift, 4 * shift));
    }
    requireMultiple(size - shift, format.sectorSize());
    requireMultiple(shift, Math.max(format.sectorSize(), 4096));
    VolumeSegment moved = VolumeSegment.linear(size - shift, OptionalLong.of(shift));
    VolumeSegment rest = VolumeSegment.linear(shift, OptionalLong.of(size - 3 * shift));
    Shape shape =
        new Shape(
            Mode.ENCRYPT,
            Direction.BACKWARD,
            Resilience.datashift(shift),
            LEAST_VERSION,
            List.of(new Part(moved, Side.OLD), new Part(rest, Side.OLD)),
            VolumeSegment.linear(0, OptionalLong.of(size - 2 * shift)),
            target(format),
            Optional.of(moved));
    HeaderImage image = new HeaderImage(size);
    make(image, format, passphrase, shape);
    copy(device, 0, size - shift, shift);
    device.sync();
    ReencryptPlacement.placeOverData(device, image.content(), shift);
  }

  /** Whether the beginning of an encryption in place was cut off on this device. */
  public static boolean isCutOff(LuksStorage device) throws IOException {
    return ReencryptPlacement.isCutOff(device);
  }

  /**
   * Begins to decrypt a volume in place whose header is detached.
   *
   * @throws LuksException.ReencryptionRefused if its data does not begin at 0
   */
  public static void decryptWithDetachedHeader(
      LuksStorage header, LuksStorage data, SecretBuffer passphrase, ReencryptOptions options)
      throws IOException, LuksException {
    ReencryptHeader opened = ReencryptHeader.open(header);
    ReencryptBeginning beginning = new ReencryptBeginning(opened);
    VolumeSegment old = VolumeSegment.of(opened.metadata().segment());
    if (old.offsetBytes() != 0) {
      throw new LuksException.ReencryptionRefused("the data begins at " + old.offsetBytes());
    }
    VolumeSegment target = VolumeSegment.linear(0, OptionalLong.empty());
    requireWhole(data, old, target, options);
    List<Opened> keyslots = beginning.open(List.of(passphrase));
    try {
      Shape shape =
          new Shape(
              Mode.DECRYPT,
              Direction.BACKWARD,
              options.resilience(old.sectorSize()),
              LEAST_VERSION,
              List.of(new Part(old, Side.OLD)),
              old,
              target,
              Optional.empty());
      beginning.store(shape, OptionalInt.empty(), borrowed(keyslots.getFirst().key(), null));
    } finally {
      keyslots.forEach(one -> one.key().close());
    }
  }

  /**
   * Begins to decrypt a volume in place whose header is at the beginning of its device: the header
   * is moved to a storage of its own, and the data moves down to where the header was.
   *
   * <p>Call {@link #exportHeader} first. A crash in between leaves a header there that opens the
   * volume, and calling this again goes on.
   *
   * @param header holds the exported header
   */
  public static void decryptWithExportedHeader(
      LuksStorage header, LuksStorage device, SecretBuffer passphrase, ReencryptOptions options)
      throws IOException, LuksException {
    ReencryptHeader opened = ReencryptHeader.open(header);
    ReencryptBeginning beginning = new ReencryptBeginning(opened);
    VolumeSegment old = VolumeSegment.of(opened.metadata().segment());
    long shift = old.offsetBytes();
    VolumeSegment target = VolumeSegment.linear(0, OptionalLong.empty());
    requireWhole(device, old, target, options);
    Resilience resilience = options.movingResilience(old.sectorSize(), shift);
    ReencryptKeyslot keyslot = beginning.keyslot(Mode.DECRYPT, Direction.FORWARD, resilience);
    long dataBytes = device.sizeBytes() - shift;
    long most =
        Math.min(
            Math.min(options.hotzoneBytes().orElse(MOST_MOVED_BYTES), shift),
            resilience.forPart(true).capacityBytes(keyslot.areaBytes()));
    int unit = Math.max(old.sectorSize(), resilience.blockSize());
    long movedBytes = Math.min(most - most % unit, dataBytes);
    requireMultiple(movedBytes, old.sectorSize());
    VolumeSegment moved =
        VolumeSegment.crypt(
            0, OptionalLong.of(movedBytes), old.cipher(), old.sectorSize(), old.ivTweak());
    List<Part> parts =
        movedBytes < dataBytes
            ? List.of(
                new Part(moved, Side.OLD),
                new Part(old.part(movedBytes, OptionalLong.empty()), Side.OLD))
            : List.of(new Part(moved, Side.OLD));
    Shape shape =
        new Shape(
            Mode.DECRYPT,
            Direction.FORWARD,
            resilience,
            MOVING_DECRYPTION_VERSION,
            parts,
            old,
            target,
            Optional.of(moved));
    List<Opened> keyslots = beginning.open(List.of(passphrase));
    try {
      wipeHeaders(device, 2 * opened.copy().binary().sizeBytes());
      copy(device, shift, 0, movedBytes);
      device.sync();
      beginning.store(shape, OptionalInt.empty(), borrowed(keyslots.getFirst().key(), null));
    } finally {
      keyslots.forEach(one -> one.key().close());
    }
  }

  /** No program may take the device for a LUKS volume of its own any more. */
  private static void wipeHeaders(LuksStorage device, long lengthBytes) throws IOException {
    device.write(ByteBuffer.allocate(Math.toIntExact(lengthBytes)), 0);
    device.sync();
  }

  /**
   * Copies the header of a volume to a storage of its own, durably.
   *
   * @return how many bytes that took: the storage holds at least as many
   */
  public static long exportHeader(LuksStorage device, LuksStorage target)
      throws IOException, LuksException {
    ReencryptHeader opened = ReencryptHeader.open(device);
    long length = headerBytes(opened);
    copy(device, 0, target, 0, length);
    target.sync();
    return length;
  }

  /** How many bytes the header of a volume takes, keyslots included. */
  public static long headerBytes(LuksStorage device) throws IOException, LuksException {
    return headerBytes(ReencryptHeader.open(device));
  }

  private static long headerBytes(ReencryptHeader header) {
    return 2 * header.copy().binary().sizeBytes() + header.metadata().keyslotsSizeBytes();
  }

  private static void copy(LuksStorage device, long from, long to, long lengthBytes)
      throws IOException {
    copy(device, from, device, to, lengthBytes);
  }

  private static void copy(
      LuksStorage source, long from, LuksStorage target, long to, long lengthBytes)
      throws IOException {
    byte[] bytes = new byte[(int) Math.min(COPY_BYTES, lengthBytes)];
    for (long done = 0; done < lengthBytes; done += bytes.length) {
      int length = (int) Math.min(bytes.length, lengthBytes - done);
      source.read(ByteBuffer.wrap(bytes, 0, length), from + done);
      target.write(ByteBuffer.wrap(bytes, 0, length), to + done);
    }
    Arrays.fill(bytes, (byte) 0);
  }
}
