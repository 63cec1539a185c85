package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A LUKS2 header as it was read last, and the one way to replace it by its next state. Used by one
 * thread at a time.
 */
final class Luks2State {
  private final LuksStorage storage;
  private final boolean inReencryption;
  private HeaderCopy header;
  private Optional<String> repairReason;

  /** What was read, of both copies. */
  private record Found(HeaderCopy header, Optional<String> repairReason) {
    static Found read(LuksStorage storage, boolean inReencryption)
        throws IOException, LuksException {
      HeaderCopies copies = HeaderCopies.read(storage);
      HeaderCopy header = copies.current(storage);
      copies.requireUndisputed(storage);
      requireState(header.metadata().reencryption().isPresent(), inReencryption);
      return new Found(header, copies.repairReason());
    }

    private static void requireState(boolean found, boolean wanted) throws LuksException {
      if (found && !wanted) {
        throw new LuksException.ReencryptionUnfinished();
      }
      if (wanted && !found) {
        throw new LuksException.ReencryptionRefused("the volume is not in re-encryption");
      }
    }
  }

  private Luks2State(LuksStorage storage, boolean inReencryption, Found found) {
    this.storage = storage;
    this.inReencryption = inReencryption;
    this.header = found.header();
    this.repairReason = found.repairReason();
  }

  static Luks2State read(LuksStorage storage) throws IOException, LuksException {
    return read(storage, false);
  }

  /** The header of a volume in re-encryption, and of no other. */
  static Luks2State readInReencryption(LuksStorage storage) throws IOException, LuksException {
    return read(storage, true);
  }

  private static Luks2State read(LuksStorage storage, boolean inReencryption)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.SHARED)) {
      return new Luks2State(storage, inReencryption, Found.read(storage, inReencryption));
    }
  }

  LuksStorage storage() {
    return storage;
  }

  HeaderCopy header() {
    return header;
  }

  Metadata metadata() {
    return header.metadata();
  }

  BinaryHeader binary() {
    return header.binary();
  }

  Optional<String> repairReason() {
    return repairReason;
  }

  /** Makes both copies what was read; refuses if the header was updated since. */
  void repair() throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      repairLocked();
    }
  }

  private void repairLocked() throws IOException, LuksException {
    HeaderCopies copies = HeaderCopies.read(storage);
    HeaderCopy found = copies.current(storage);
    copies.requireUndisputed(storage);
    requireUnchanged(found);
    Optional<CopyReading> bad = copies.bad();
    if (bad.isPresent()) {
      BinaryHeader binary = found.binary();
      byte[] area = HeaderWriter.jsonArea(found.json(), binary.jsonAreaBytes());
      HeaderWriter.writeCopy(storage, bad.get().which(), binary, binary.seqid(), area);
    }
    readAgain();
  }

  private void readAgain() throws IOException, LuksException {
    Found found = Found.read(storage, inReencryption);
    header = found.header();
    repairReason = found.repairReason();
  }

  private void requireUnchanged(HeaderCopy found) throws LuksException {
    BinaryHeader now = found.binary();
    if (binary().seqid() != now.seqid() || !binary().uuid().equals(now.uuid())) {
      throw new LuksException.HeaderChanged(binary().seqid(), now.seqid());
    }
  }

  /** Under the exclusive lock: makes sure that nothing changed and both copies are good. */
  KeyslotEditor editor() throws IOException, LuksException {
    repairLocked();
    return new KeyslotEditor(storage, header);
  }

  /** How an update changes the JSON. */
  @FunctionalInterface
  interface Change {
    void apply(ObjectNode json);
  }

  /**
   * Changes names and JSON durably. A bad copy is repaired first, because while one copy is
   * rewritten the other is all there is.
   */
  void update(UnaryOperator<BinaryHeader> names, Change change) throws IOException, LuksException {
    ObjectNode json = header.json().deepCopy();
    change.apply(json);
    requireStorable(json);
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      repairLocked();
      store(names.apply(binary()), json);
    }
  }

  /** Refuses what a reader would refuse, or what does not fit; returns the JSON area. */
  @CanIgnoreReturnValue
  byte[] requireStorable(ObjectNode json) throws LuksException {
    MetadataReader.read(json, binary().sizeBytes(), LuksException.TokenInvalid::new);
    return HeaderWriter.jsonArea(json, binary().jsonAreaBytes());
  }

  /** Under the exclusive lock, both copies good: writes the next state of the header. */
  void store(ObjectNode json) throws IOException, LuksException {
    store(binary(), json);
  }

  private void store(BinaryHeader binary, ObjectNode json) throws IOException, LuksException {
    byte[] area = requireStorable(json);
    HeaderWriter.writeBoth(storage, binary, binary.seqid() + 1, area);
    readAgain();
  }
}
