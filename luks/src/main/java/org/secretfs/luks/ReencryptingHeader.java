package org.secretfs.luks;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The header of a volume in re-encryption, to be looked at, mended or erased. Only {@link
 * Reencryption} goes on with it, which proves what the header says; nothing here does.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 on-disk format 1.1.4 §4.9
 */
public final class ReencryptingHeader extends StoredHeader implements Luks2Header {
  private final LuksStorage storage;
  private final SortedMap<Integer, VolumeSegment> segments;

  private ReencryptingHeader(Luks2State state) throws LuksException {
    super(state);
    this.storage = state.storage();
    this.segments =
        SegmentReader.readAll(
            new Fields("", state.header().json(), LuksException.ReencryptionRefused::new));
  }

  /**
   * Reads the header; otherwise as {@link Luks2Volume#read}.
   *
   * @throws LuksException.ReencryptionRefused if the volume is not in re-encryption
   */
  public static ReencryptingHeader read(LuksStorage storage) throws IOException, LuksException {
    return new ReencryptingHeader(Luks2State.readInReencryption(storage));
  }

  /** What the header says of the re-encryption. */
  public Reencryption.Status status() {
    return Reencryption.Status.of(uuid(), reencryption());
  }

  /** The requirement flag, which older programs refuse. */
  public String requirement() {
    return RequirementsReader.reencryptFlag(reencryption().version());
  }

  /** The keyslot of the re-encryption, which holds no key, and its area. */
  public Area area() {
    ReencryptMetadata metadata = reencryption();
    return new Area(
        metadata.keyslotNumber(),
        metadata.keyslot().areaOffsetBytes(),
        metadata.keyslot().areaBytes(),
        metadata.resilience().hash().map(HashAlgorithm::luksName),
        metadata.resilience().blockSize(),
        metadata.resilience().shiftBytes(),
        metadata.proofDigest());
  }

  /**
   * Where what protects the part that is being rewritten lies, and what it is.
   *
   * @param checksumHash the hash of checksums, as LUKS names it; empty where there are none
   * @param checksumBlockBytes the bytes under one checksum; 0 where there are none
   * @param shiftBytes by how much the data moves; 0 if it stays in place
   * @param digest the number of the digest that proves what the header says of all this; -1 if
   *     there is none
   */
  public record Area(
      int keyslot,
      long offsetBytes,
      long sizeBytes,
      Optional<String> checksumHash,
      int checksumBlockBytes,
      long shiftBytes,
      int digest) {}

  /**
   * How far the re-encryption is.
   *
   * @param doneBytes the bytes that are as they will be
   * @param totalBytes the bytes of the volume
   * @param hotOffsetBytes where the part that was being rewritten begins; empty if there is none
   * @param hotBytes its length; 0 if there is none
   */
  public record Progress(
      long doneBytes, long totalBytes, OptionalLong hotOffsetBytes, long hotBytes) {}

  /**
   * How far it is on a data device of that length.
   *
   * @throws LuksException.ReencryptionRefused if the parts do not fit the device
   */
  public Progress progress(long deviceBytes) throws LuksException {
    ReencryptPlan plan = ReencryptPlan.of(reencryption(), deviceBytes, OptionalLong.empty());
    Optional<ReencryptPlan.Zone> hot = plan.interrupted();
    return new Progress(
        plan.doneBytes(),
        plan.volumeBytes(),
        hot.map(zone -> OptionalLong.of(zone.offsetBytes())).orElse(OptionalLong.empty()),
        hot.map(ReencryptPlan.Zone::lengthBytes).orElse(0L));
  }

  /** Whether the data is on another device than this header, as far as the header tells. */
  public boolean isApartFromData() {
    return reencryption().mode() == ReencryptKeyslot.Mode.DECRYPT
        || reencryption().target().offsetBytes() < headerSizeBytes();
  }

  /** The segments by number: the volume's parts in their order, then how it was and will be. */
  public SortedMap<Integer, VolumeSegment> segments() {
    return Collections.unmodifiableSortedMap(segments);
  }

  /** The keyslots of the old key; none if the data was plain. */
  public SortedSet<Integer> oldKeyslots() {
    return keyslotsOf(reencryption().oldDigest());
  }

  /** The keyslots of the new key; none if the data will be plain. */
  public SortedSet<Integer> newKeyslots() {
    return keyslotsOf(reencryption().newDigest());
  }

  private SortedSet<Integer> keyslotsOf(int digest) {
    return digest < 0 ? new TreeSet<>() : new TreeSet<>(digest(digest).keyslots());
  }

  private Digest digest(int number) {
    return java.util.Objects.requireNonNull(metadata().digests().get(number));
  }

  /** The digests of the new key and the old one, of which one may be missing. */
  private List<Digest> dataDigests() {
    ReencryptMetadata metadata = reencryption();
    return IntStream.of(metadata.newDigest(), metadata.oldDigest())
        .distinct()
        .filter(number -> number >= 0)
        .mapToObj(this::digest)
        .toList();
  }

  /** Rewrites the bad copy of the header from the good one, as of any volume. */
  @Override
  public synchronized void repair() throws IOException, LuksException {
    state().repair();
  }

  /** Tries the keyslots of the new key, then those of the old one. */
  @Override
  public VolumeKey unlock(SecretBuffer passphrase) throws IOException, LuksException {
    int tried = 0;
    for (Digest digest : dataDigests()) {
      // cryptsetup takes the old keyslots out before it ends: then that key has none to be tried.
      if (!digest.keyslots().isEmpty()) {
        try {
          return new Unlocker(storage, metadata(), digest).unlock(passphrase);
        } catch (LuksException.NoKeyslotOpened e) {
          tried += e.tried();
        }
      }
    }
    throw new LuksException.NoKeyslotOpened(tried);
  }

  @Override
  public VolumeKey unlockUnbound(SecretBuffer passphrase, int number)
      throws IOException, LuksException {
    return new Unlocker(storage, metadata(), number).unlock(passphrase, number);
  }

  /** Makes sure that {@code key} is the new key or the old one. */
  @Override
  public synchronized void requireVolumeKey(VolumeKey key) throws LuksException {
    KeyslotEditor editor = new KeyslotEditor(storage, state().header());
    for (Digest digest : dataDigests()) {
      if (editor.isKeyOf(digest, key)) {
        return;
      }
    }
    throw LuksException.NoKeyslotOpened.ofOtherKey();
  }

  /**
   * Destroys every keyslot and overwrites the whole keyslots area, what protects the part that is
   * being rewritten included: the data is lost for good. The header stays one in re-encryption, as
   * cryptsetup leaves it, and can be formatted.
   *
   * @throws LuksException.HeaderBusy if another program re-encrypts the volume
   */
  @Override
  public synchronized void erase() throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lockReencryption(uuid())) {
      new Luks2Keyslots(state()).removeAll();
    }
  }

  private ReencryptMetadata reencryption() {
    return metadata().reencryption().orElseThrow();
  }
}
