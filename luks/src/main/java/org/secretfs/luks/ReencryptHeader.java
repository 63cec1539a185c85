package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The header of a volume while a re-encryption begins, runs and ends. Every update takes the lock
 * and refuses to go on where another program wrote in between. Used by one thread at a time.
 */
final class ReencryptHeader {
  private final LuksStorage storage;
  private HeaderCopy header;

  private ReencryptHeader(LuksStorage storage, HeaderCopy header) {
    this.storage = storage;
    this.header = header;
  }

  /** Reads the header, and rewrites a bad copy of it. */
  static ReencryptHeader open(LuksStorage storage) throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      HeaderCopies copies = HeaderCopies.read(storage);
      HeaderCopy header = copies.current(storage);
      copies.requireUndisputed(storage);
      Optional<CopyReading> bad = copies.bad();
      if (bad.isPresent()) {
        BinaryHeader binary = header.binary();
        byte[] area = HeaderWriter.jsonArea(header.json(), binary.jsonAreaBytes());
        HeaderWriter.writeCopy(storage, bad.get().which(), binary, binary.seqid(), area);
      }
      return new ReencryptHeader(storage, header);
    }
  }

  LuksStorage storage() {
    return storage;
  }

  HeaderCopy copy() {
    return header;
  }

  Metadata metadata() {
    return header.metadata();
  }

  UUID uuid() {
    return header.binary().uuid();
  }

  /**
   * What the header says of the re-encryption.
   *
   * @throws LuksException.ReencryptionRefused if there is none
   */
  ReencryptMetadata reencryption() throws LuksException {
    return metadata()
        .reencryption()
        .orElseThrow(
            () -> new LuksException.ReencryptionRefused("the volume is not in re-encryption"));
  }

  /** Writes new parts of the volume, durably. */
  void storeParts(ReencryptMetadata next) throws IOException, LuksException {
    update(json -> ReencryptJson.putSegments(json, next));
  }

  /** Overwrites the re-encryption's area from its beginning, durably. */
  void storeProtection(List<ByteBuffer> protection) throws IOException, LuksException {
    ReencryptKeyslot keyslot = reencryption().keyslot();
    long length = protection.stream().mapToLong(ByteBuffer::remaining).sum();
    if (length > keyslot.areaBytes()) {
      throw new IllegalStateException("the protection does not fit its area");
    }
    try (LuksStorage.Lock _ = lockUnchanged()) {
      long offset = keyslot.areaOffsetBytes();
      for (ByteBuffer piece : protection) {
        int pieceBytes = piece.remaining();
        storage.write(piece, offset);
        offset += pieceBytes;
      }
      storage.sync();
    }
  }

  /** Changes the JSON durably, to something that this library reads again. */
  void update(Consumer<ObjectNode> change) throws IOException, LuksException {
    ObjectNode json = header.json().deepCopy();
    change.accept(json);
    write(
        json,
        MetadataReader.read(
            json, header.binary().sizeBytes(), LuksException.ReencryptionRefused::new));
  }

  private void write(ObjectNode json, Metadata metadata) throws IOException, LuksException {
    BinaryHeader binary = header.binary();
    byte[] area = HeaderWriter.jsonArea(json, binary.jsonAreaBytes());
    try (LuksStorage.Lock _ = lockUnchanged()) {
      HeaderWriter.writeBoth(storage, binary, binary.seqid() + 1, area);
    }
    BinaryHeader written =
        binary.as(BinaryHeader.Copy.PRIMARY, binary.seqid() + 1, HeaderWriter.newSalt());
    header = new HeaderCopy(written, json, metadata);
  }

  private LuksStorage.Lock lockUnchanged() throws IOException, LuksException {
    LuksStorage.Lock lock = storage.lock(LuksStorage.LockMode.EXCLUSIVE);
    try {
      requireUnchanged();
      return lock;
    } catch (IOException | LuksException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private void requireUnchanged() throws IOException, LuksException {
    byte[] bytes = new byte[BinaryHeader.SIZE_BYTES];
    storage.read(ByteBuffer.wrap(bytes), 0);
    BinaryHeader now = BinaryHeader.unchecked(bytes);
    if (now.seqid() != header.binary().seqid() || !now.uuid().equals(uuid())) {
      throw new LuksException.HeaderChanged(header.binary().seqid(), now.seqid());
    }
  }

  /**
   * Ends the re-encryption in one update: the data is as it will be, whatever comes after. Then
   * overwrites the areas of keyslots that held the old key.
   *
   * @param manifests the manifests of the volume as it is then, by their tokens' numbers
   */
  void finish(Map<Integer, Token> manifests) throws IOException, LuksException {
    Metadata before = metadata();
    ObjectNode json = header.json().deepCopy();
    Set<Integer> gone = ReencryptJson.finish(json, before, reencryption());
    ManifestRenewal.replace(json, before, manifests);
    // A header whose volume is plain now is none that this library reads again.
    write(json, before);
    KeyslotEditor editor = new KeyslotEditor(storage, header);
    for (int number : gone) {
      Keyslot keyslot = before.keyslots().get(number);
      if (keyslot != null) {
        editor.destroy(keyslot.area());
      }
    }
  }
}
