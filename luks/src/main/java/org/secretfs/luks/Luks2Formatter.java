package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Makes a new volume in an order that a crash at any point leaves recognisable.
 *
 * <p>Every step ends with a barrier:
 *
 * <ol>
 *   <li>the mark of an unfinished format in the first sector;
 *   <li>zeroes over every secondary header, at any of its places, so that no older one is ever
 *       found; nothing else yet, because keyslots of an older volume lie at such places;
 *   <li>zeroes over the rest of the header area, and the filled keyslot area;
 *   <li>the secondary header: its JSON area, then its binary header;
 *   <li>the primary header: its JSON area, then its binary header, which replaces the mark.
 * </ol>
 *
 * <p>So a blank device is blank or marked until step 4 ends, and a whole volume from then on: a
 * marked device without a secondary header never held data of the volume. A device that held
 * another LUKS2 volume may still open as that one until step 2 ends.
 */
final class Luks2Formatter {
  private static final long DETACHED_HEADER_BYTES = 16L << 20;

  private final LuksStorage storage;
  private final FormatOptions options;
  private final int headerBytes;
  private final long keyslotsBytes;
  private final long room;

  private Luks2Formatter(LuksStorage storage, FormatOptions options) {
    this.storage = storage;
    this.options = options;
    this.headerBytes = options.metadataSizeBytes();
    long end = options.dataOffsetBytes() == 0 ? detachedBytes(options) : options.dataOffsetBytes();
    this.room = end - 2L * headerBytes;
    this.keyslotsBytes =
        options.keyslotsSizeBytes().orElse(Math.min(room, MetadataReader.MAX_KEYSLOTS_SIZE_BYTES));
  }

  private static long detachedBytes(FormatOptions options) {
    return options.keyslotsSizeBytes().isPresent()
        ? 2L * options.metadataSizeBytes() + options.keyslotsSizeBytes().getAsLong()
        : DETACHED_HEADER_BYTES;
  }

  static void format(LuksStorage storage, FormatOptions options, SecretBuffer passphrase)
      throws IOException, LuksException {
    Luks2Formatter formatter = new Luks2Formatter(storage, options);
    formatter.requireRoom();
    if (options.volumeKey().isPresent()) {
      formatter.run(options.volumeKey().get(), passphrase);
      return;
    }
    try (VolumeKey key = VolumeKey.random(options.keySizeBits() / Byte.SIZE)) {
      formatter.run(key, passphrase);
    }
  }

  private void requireRoom() throws LuksException {
    int areaBytes = NewKeyslot.areaBytes(options.keySizeBits() / Byte.SIZE);
    if (keyslotsBytes < areaBytes || keyslotsBytes > room) {
      throw new LuksException.NoRoom(
          "data offset %d leaves no room for two headers of %d bytes and a keyslot of %d"
              .formatted(
                  options.dataOffsetBytes(), headerBytes, Math.max(keyslotsBytes, areaBytes)));
    }
    long least =
        options.isDetached() ? headersEndBytes() : options.dataOffsetBytes() + options.sectorSize();
    if (storage.sizeBytes() < least) {
      throw new LuksException.NoRoom(
          "the device has %d bytes: the volume needs at least %d"
              .formatted(storage.sizeBytes(), least));
    }
  }

  private long headersEndBytes() {
    return 2L * headerBytes + keyslotsBytes;
  }

  private void run(VolumeKey key, SecretBuffer passphrase) throws IOException, LuksException {
    BinaryHeader header =
        BinaryHeader.create(
            headerBytes,
            options.uuid().orElseGet(UUID::randomUUID),
            options.label(),
            options.subsystem(),
            HeaderWriter.newSalt());
    Keyslot keyslot =
        NewKeyslot.describe(
            options.kdf(),
            key.length(),
            2L * headerBytes,
            options
                .keyslotEncryption()
                .orElseGet(() -> KeyslotEncryption.asData(options.cipher(), key.length())),
            options.hash());
    byte[] area =
        HeaderWriter.jsonArea(json(keyslot, key, header, passphrase), header.jsonAreaBytes());
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      long end = options.isDetached() ? headersEndBytes() : options.dataOffsetBytes();
      FormatArea.clear(storage, header, end);
      NewKeyslot.fill(storage, keyslot, passphrase, key);
      storage.sync();
      HeaderWriter.writeNewCopy(storage, BinaryHeader.Copy.SECONDARY, header, area);
      HeaderWriter.writeNewCopy(storage, BinaryHeader.Copy.PRIMARY, header, area);
    }
  }

  private ObjectNode json(
      Keyslot keyslot, VolumeKey key, BinaryHeader header, SecretBuffer passphrase)
      throws LuksException {
    ObjectNode json = HeaderJson.newObject();
    String number = Integer.toString(options.keyslot());
    json.putObject("keyslots").set(number, NewKeyslot.json(keyslot));
    ObjectNode tokens = json.putObject("tokens");
    List<Token> initial = options.tokens();
    for (int i = 0; i < initial.size(); i++) {
      tokens.set(Integer.toString(i), initial.get(i).json());
    }
    json.putObject("segments").set("0", segmentJson());
    json.putObject("digests")
        .set("0", NewKeyslot.digestJson(key, options.hash(), number, Metadata.SEGMENT));
    json.putObject("config")
        .put("json_size", Integer.toString(headerBytes - BinaryHeader.SIZE_BYTES))
        .put("keyslots_size", Long.toString(keyslotsBytes));
    if (options.manifest().isPresent()) {
      Token manifest =
          Manifest.make(
              json,
              header.uuid().toString(),
              options.keyslot(),
              passphrase,
              options.manifest().get());
      tokens.set(Integer.toString(initial.size()), manifest.json());
    }
    // What a reader would refuse must not be written: tokens may name keyslots that are not there.
    MetadataReader.read(json, headerBytes, LuksException.TokenInvalid::new);
    return json;
  }

  private ObjectNode segmentJson() {
    return NewKeyslot.segmentJson(
        new CryptSegment(
            options.dataOffsetBytes(),
            OptionalLong.empty(),
            options.cipher().dmCryptName(),
            options.sectorSize(),
            0));
  }
}
