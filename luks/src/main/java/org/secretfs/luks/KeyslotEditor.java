package org.secretfs.luks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * Finds room for keyslots, destroys their areas, and changes the JSON accordingly. Works on one
 * state of the header; the caller holds the lock and writes the header.
 */
final class KeyslotEditor {
  private final LuksStorage storage;
  private final HeaderCopy header;

  KeyslotEditor(LuksStorage storage, HeaderCopy header) {
    this.storage = storage;
    this.header = header;
  }

  private Metadata metadata() {
    return header.metadata();
  }

  /** Refuses a key that is not the volume's, also the volume's with zero bytes appended. */
  void requireVolumeKey(VolumeKey key) throws LuksException {
    if (!isKeyOf(metadata().segmentDigest(), key)) {
      throw LuksException.NoKeyslotOpened.ofOtherKey();
    }
  }

  /** Refuses a key that is not the one in a keyslot. */
  void requireKeyIn(int number, VolumeKey key) throws LuksException {
    for (Digest digest : metadata().digests().values()) {
      if (digest.keyslots().contains(number) && isKeyOf(digest, key)) {
        return;
      }
    }
    throw LuksException.NoKeyslotOpened.ofOtherKey();
  }

  /** Whether a digest proves a key that is as long as those in its keyslots. */
  boolean isKeyOf(Digest digest, VolumeKey key) throws LuksException {
    boolean lengthFits =
        digest.keyslots().stream()
            .map(number -> metadata().keyslots().get(number))
            .allMatch(keyslot -> keyslot != null && keyslot.keySizeBytes() == key.length());
    return lengthFits && KeyDerivation.proves(digest, key.secret());
  }

  /** The number that is wanted, or the lowest free one. */
  int freeNumber(OptionalInt wanted) throws LuksException {
    if (wanted.isEmpty()) {
      return freeNumber();
    }
    if (metadata().keyslots().containsKey(wanted.getAsInt())) {
      throw new LuksException.KeyslotInvalid("keyslot %d is in use".formatted(wanted.getAsInt()));
    }
    return wanted.getAsInt();
  }

  private int freeNumber() throws LuksException {
    for (int number = 0; number <= Metadata.MAX_NUMBER; number++) {
      if (!metadata().keyslots().containsKey(number)) {
        return number;
      }
    }
    throw new LuksException.NoRoom("all %d keyslots are in use".formatted(Metadata.MAX_NUMBER + 1));
  }

  /** Describes a new keyslot with an area that is free; nothing is written. */
  Keyslot describe(VolumeKey key, KeyslotOptions options) throws LuksException {
    return NewKeyslot.describe(
        options.kdf(),
        key.length(),
        freeOffset(key.length()),
        options.encryption().orElseGet(() -> encryptionOfData(key.length())),
        splitterHash(options.kdf()));
  }

  private KeyslotEncryption encryptionOfData(int keyBytes) {
    return KeyslotEncryption.asData(
        CipherSpec.find(metadata().segment().cipher()).orElse(CipherSpec.AES_XTS_PLAIN64),
        keyBytes);
  }

  /** One hash for a keyslot, and the digest's for those without: LUKS1 has one for all. */
  private HashAlgorithm splitterHash(KdfParameters kdf) {
    return kdf instanceof KdfParameters.Pbkdf2(String hash, int _)
        ? HashAlgorithm.ofLuksName(hash).orElse(HashAlgorithm.SHA256)
        : metadata().segmentDigest().hash();
  }

  /** Returns where the first gap begins that holds the area of a key. */
  private long freeOffset(int keySizeBytes) throws LuksException {
    long needed = NewKeyslot.areaBytes(keySizeBytes);
    long candidate = 2 * header.binary().sizeBytes();
    long end = candidate + metadata().keyslotsSizeBytes();
    List<Keyslot.Area> areas =
        metadata().keyslots().values().stream()
            .map(Keyslot::area)
            .sorted(Comparator.comparingLong(Keyslot.Area::offsetBytes))
            .toList();
    for (Keyslot.Area area : areas) {
      if (area.offsetBytes() - candidate >= needed) {
        return candidate;
      }
      candidate = Math.ceilDiv(area.endBytes(), 4096) * 4096;
    }
    if (end - candidate < needed) {
      throw new LuksException.NoRoom("no gap of %d bytes is left for a keyslot".formatted(needed));
    }
    return candidate;
  }

  void destroy(Keyslot.Area area) throws IOException {
    KeyslotArea.destroy(storage, area);
  }

  /** Overwrites the whole keyslots area, what earlier keyslots left there included. */
  void destroyAll() throws IOException {
    destroy(
        new Keyslot.Area(
            2 * header.binary().sizeBytes(), metadata().keyslotsSizeBytes(), "none", 0));
  }

  /** Refuses a number without a keyslot. */
  Keyslot require(int number) throws LuksException {
    Keyslot keyslot = metadata().keyslots().get(number);
    if (keyslot == null) {
      throw new LuksException.KeyslotInvalid("there is no keyslot %d".formatted(number));
    }
    return keyslot;
  }

  /** Whether no other keyslot holds the volume key. */
  boolean isLast(int number) {
    return metadata().segmentDigest().keyslots().equals(java.util.Set.of(number));
  }

  /** Returns the JSON with a new keyslot under {@code number}, bound to the volume's digest. */
  ObjectNode with(int number, Keyslot keyslot) {
    ObjectNode json = replacing(number, keyslot);
    for (Map.Entry<Integer, Digest> entry : metadata().digests().entrySet()) {
      if (entry.getValue().segments().contains(Metadata.SEGMENT)) {
        json.withArray("/digests/%d/keyslots".formatted(entry.getKey()))
            .add(Integer.toString(number));
      }
    }
    return json;
  }

  /** Returns the JSON with another keyslot under {@code number}, of the same key and digest. */
  ObjectNode replacing(int number, Keyslot keyslot) {
    ObjectNode json = header.json().deepCopy();
    json.withObject("/keyslots").set(Integer.toString(number), NewKeyslot.json(keyslot));
    return json;
  }

  /** Returns the JSON with a keyslot of another key, under a digest of its own. */
  ObjectNode withUnbound(int number, Keyslot keyslot, VolumeKey key) throws LuksException {
    ObjectNode json = replacing(number, keyslot);
    ObjectNode digests = json.withObject("/digests");
    int free = 0;
    while (digests.has(Integer.toString(free))) {
      free++;
    }
    digests.set(
        Integer.toString(free),
        NewKeyslot.digestJson(key, HashAlgorithm.SHA256, Integer.toString(number)));
    return json;
  }

  /**
   * Returns the JSON without the keyslots, in digests and tokens, too, and without digests that
   * prove nothing any more.
   */
  ObjectNode without(Collection<Integer> numbers) {
    ObjectNode json = header.json().deepCopy();
    for (int number : numbers) {
      json.withObject("/keyslots").remove(Integer.toString(number));
      // A manifest vouches for one keyslot: without that it says nothing.
      metadata()
          .tokens()
          .forEach((token, content) -> {
            if (Manifest.isOne(content) && content.keyslots().contains(number)) {
              json.withObject("/tokens").remove(Integer.toString(token));
            }
          });
      for (String section : List.of("digests", "tokens")) {
        for (JsonNode member : json.withObject("/" + section)) {
          remove((ArrayNode) member.get("keyslots"), Integer.toString(number));
        }
      }
    }
    json.withObject("/digests")
        .properties()
        .removeIf(digest ->
            digest.getValue().get("keyslots").isEmpty()
                && digest.getValue().get("segments").isEmpty());
    return json;
  }

  private static void remove(ArrayNode numbers, String number) {
    for (int i = numbers.size() - 1; i >= 0; i--) {
      if (numbers.get(i).textValue().equals(number)) {
        numbers.remove(i);
      }
    }
  }
}
