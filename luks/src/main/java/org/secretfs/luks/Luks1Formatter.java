package org.secretfs.luks;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.UUID;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Makes a new LUKS1 volume in an order that a crash at any point leaves recognisable: the mark of
 * an unfinished format, zeroes over the header area, the filled keyslot area, the header's second
 * sector, and its first, which replaces the mark. A barrier follows each.
 */
final class Luks1Formatter {
  private final LuksStorage storage;
  private final Luks1FormatOptions options;
  private final Luks1Layout layout;

  private Luks1Formatter(LuksStorage storage, Luks1FormatOptions options) {
    this.storage = storage;
    this.options = options;
    this.layout = Luks1Layout.of(options.keySizeBytes(), options.dataOffsetBytes());
  }

  static void format(LuksStorage storage, Luks1FormatOptions options, SecretBuffer passphrase)
      throws IOException, LuksException {
    Luks1Formatter formatter = new Luks1Formatter(storage, options);
    formatter.requireRoom();
    if (options.volumeKey().isPresent()) {
      formatter.run(options.volumeKey().get(), passphrase);
      return;
    }
    try (VolumeKey key = VolumeKey.random(options.keySizeBytes())) {
      formatter.run(key, passphrase);
    }
  }

  private void requireRoom() throws LuksException {
    long payload = layout.payloadOffsetBytes();
    if (payload != 0 && payload < layout.endBytes()) {
      throw new LuksException.NoRoom(
          "data offset %d leaves no room for eight keyslots, which end at %d"
              .formatted(payload, layout.endBytes()));
    }
    long least = options.isDetached() ? layout.endBytes() : payload + Luks1Header.SECTOR_BYTES;
    if (storage.sizeBytes() < least) {
      throw new LuksException.NoRoom(
          "the device has %d bytes: the volume needs at least %d"
              .formatted(storage.sizeBytes(), least));
    }
  }

  private void run(VolumeKey key, SecretBuffer passphrase) throws IOException, LuksException {
    UUID uuid = options.uuid().orElseGet(UUID::randomUUID);
    Luks1Header header = withDigest(key, uuid);
    Metadata metadata = Luks1Rules.judge(header, storage.sizeBytes());
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      FormatArea.clear(storage, markOf(uuid), endBytes());
      new Luks1Editor(storage, header, metadata).enable(0, key, passphrase, options.kdf());
    }
  }

  private Luks1Header withDigest(VolumeKey key, UUID uuid) throws LuksException {
    byte[] salt = Luks1Header.newSalt();
    int iterations = options.digestIterations();
    try (SecretBuffer digest =
        KeyDerivation.digest(
            options.hash(), key.secret(), salt, iterations, Luks1Header.DIGEST_BYTES)) {
      byte[] published = digest.segment().toArray(ValueLayout.JAVA_BYTE);
      return Luks1Header.create(options.cipher(), options.hash(), key.length(), uuid, layout)
          .withDigest(published, salt, iterations);
    }
  }

  private static BinaryHeader markOf(UUID uuid) {
    return BinaryHeader.create(
        HeaderOffsets.all()[0], uuid, "", "", new byte[BinaryHeader.SALT_BYTES]);
  }

  private long endBytes() {
    return options.isDetached() ? layout.endBytes() : layout.payloadOffsetBytes();
  }
}
