package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The digest over a re-encryption's metadata and its keys: without the volume's keys nobody makes a
 * header that has data decrypted (CVE-2021-4122).
 *
 * <p>What is digested is {@code v}, the version's digit, the old key, the new key if it is another,
 * the keyslot's fields and the backup segments' fields: texts as they are, 64-bit numbers and
 * sector sizes big-endian, without separators. The digest is PBKDF2 like that of a volume key.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 on-disk format 1.1.4 §4.9.2
 */
final class ReencryptProof {
  private static final int VERSION_BASE = 0x30;

  private ReencryptProof() {}

  /** Returns the JSON of the digest, bound to the re-encryption's keyslot. */
  static ObjectNode json(ReencryptMetadata metadata, ReencryptKeys keys) throws LuksException {
    try (SecretBuffer message = message(metadata, keys)) {
      ObjectNode json = NewKeyslot.digestJson(message, HashAlgorithm.SHA256);
      json.putArray("keyslots").add(Integer.toString(metadata.keyslotNumber()));
      json.putArray("segments");
      return json;
    }
  }

  /**
   * Refuses metadata that was not written by somebody with the keys.
   *
   * @throws LuksException.ReencryptionRefused if the digest is missing or another
   */
  static void require(ReencryptMetadata metadata, @Nullable Digest digest, ReencryptKeys keys)
      throws LuksException {
    if (digest == null) {
      throw new LuksException.ReencryptionRefused("the re-encryption's metadata has no digest");
    }
    try (SecretBuffer message = message(metadata, keys)) {
      if (!KeyDerivation.proves(digest, message)) {
        throw new LuksException.ReencryptionRefused(
            "the re-encryption's metadata does not match its digest: it was changed");
      }
    }
  }

  private static SecretBuffer message(ReencryptMetadata metadata, ReencryptKeys keys) {
    List<MemorySegment> pieces = new ArrayList<>();
    byte[] begin = {'v', (byte) (VERSION_BASE + metadata.version())};
    pieces.add(MemorySegment.ofArray(begin));
    keys.oldKey().ifPresent(key -> pieces.add(key.secret().segment()));
    if (metadata.newDigest() != metadata.oldDigest()) {
      keys.newKey().ifPresent(key -> pieces.add(key.secret().segment()));
    }
    pieces.add(MemorySegment.ofArray(keyslot(metadata.keyslot())));
    pieces.add(MemorySegment.ofArray(segment(metadata.previous())));
    pieces.add(MemorySegment.ofArray(segment(metadata.target())));
    metadata.moved().ifPresent(moved -> pieces.add(MemorySegment.ofArray(segment(moved))));
    long length = pieces.stream().mapToLong(MemorySegment::byteSize).sum();
    SecretBuffer message = SecretBuffer.allocate(Math.toIntExact(length));
    long at = 0;
    for (MemorySegment piece : pieces) {
      MemorySegment.copy(piece, 0, message.segment(), at, piece.byteSize());
      at += piece.byteSize();
    }
    return message;
  }

  private static byte[] keyslot(ReencryptKeyslot keyslot) {
    Resilience resilience = keyslot.resilience();
    Encoded fields =
        new Encoded()
            .text(keyslot.mode().stored())
            .text(keyslot.direction().stored())
            .text(resilience.kind().stored())
            .number(keyslot.areaOffsetBytes())
            .number(keyslot.areaBytes());
    if (resilience.kind().hasChecksums()) {
      fields.text(resilience.hash().orElseThrow().luksName()).shortNumber(resilience.blockSize());
    }
    if (resilience.kind().moves()) {
      fields.number(resilience.shiftBytes());
    }
    return fields.bytes();
  }

  private static byte[] segment(VolumeSegment segment) {
    Encoded fields =
        new Encoded()
            .text(segment.isEncrypted() ? "crypt" : "linear")
            .number(segment.offsetBytes())
            .size(segment.sizeBytes());
    if (segment.isEncrypted()) {
      fields.number(segment.ivTweak()).text(segment.cipher()).shortNumber(segment.sectorSize());
    }
    return fields.bytes();
  }

  /** Encoded in a row. */
  private static final class Encoded {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Encoded text(String text) {
      out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
      return this;
    }

    Encoded number(long number) {
      out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
      return this;
    }

    Encoded shortNumber(int number) {
      out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
      return this;
    }

    Encoded size(OptionalLong size) {
      return size.isPresent() ? number(size.getAsLong()) : text("dynamic");
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
