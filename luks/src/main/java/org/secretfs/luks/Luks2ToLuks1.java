package org.secretfs.luks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * Turns a LUKS2 header into a LUKS1 header, so that a crash after any write leaves a volume that
 * every passphrase opens, as LUKS2 or as LUKS1, here and in cryptsetup.
 *
 * <p>Keyslot areas stay where they are, and keyslots that are not in use get the gaps. Every step
 * ends with a barrier:
 *
 * <ol>
 *   <li>The second sector of the LUKS1 header is written: the primary LUKS2 copy is damaged by it,
 *       the secondary rules.
 *   <li>The first sector is written: from here on it is LUKS1, whose readers go by the version in
 *       the first sector.
 *   <li>What is left of both LUKS2 copies is cleared.
 * </ol>
 */
final class Luks2ToLuks1 {
  private static final long MOST_OFFSET_BYTES = 0xFFFF_FFFFL * Luks1Header.SECTOR_BYTES;

  private final LuksStorage storage;
  private final BinaryHeader binary;
  private final Metadata metadata;
  private final Digest digest;

  private Luks2ToLuks1(LuksStorage storage, HeaderCopy copy) {
    this.storage = storage;
    this.binary = copy.binary();
    this.metadata = copy.metadata();
    this.digest = metadata.segmentDigest();
  }

  /** Refuses what LUKS1 has no place for. */
  static void requireConvertible(LuksStorage storage) throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.SHARED)) {
      var _ = new Luks2ToLuks1(storage, Luks2Areas.header(storage)).header();
    }
  }

  /** Both copies are good. */
  static void convert(LuksStorage storage) throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      new Luks2ToLuks1(storage, Luks2Areas.header(storage)).run();
    }
  }

  private void run() throws IOException, LuksException {
    Luks1Header header = header();
    header.writeSector(storage, 1);
    header.writeSector(storage, 0);
    FormatArea.zero(storage, binary.sizeBytes(), 2 * binary.sizeBytes());
    storage.sync();
    FormatArea.zero(storage, Luks1Header.SIZE_BYTES, binary.sizeBytes());
    storage.sync();
  }

  private Luks1Header header() throws LuksException {
    requireConvertible();
    CryptSegment segment = metadata.segment();
    int keyBytes = keyBytes();
    Luks1Header header =
        Luks1Header.create(
                segment.cipherSpec(),
                digest.hash(),
                keyBytes,
                binary.uuid(),
                Luks1Layout.of(keyBytes, segment.offsetBytes()))
            .withDigest(
                Arrays.copyOf(decode(digest.value()), Luks1Header.DIGEST_BYTES),
                decode(digest.salt()),
                digest.iterations());
    for (Map.Entry<Integer, Keyslot> entry : metadata.keyslots().entrySet()) {
      header = header.with(entry.getKey(), entry(entry.getValue()));
    }
    Luks1Header whole = withPlacesForOthers(header);
    var _ = Luks1Rules.judge(whole, storage.sizeBytes());
    return whole;
  }

  private static Luks1Keyslot entry(Keyslot keyslot) {
    KdfParameters.Pbkdf2 kdf = (KdfParameters.Pbkdf2) keyslot.kdf();
    return Luks1Keyslot.enabled(
        keyslot.area().offsetBytes(), kdf.iterations(), decode(keyslot.kdfSalt()));
  }

  private static byte[] decode(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  private int keyBytes() {
    return metadata.keyslots().values().iterator().next().keySizeBytes();
  }

  private Luks1Header withPlacesForOthers(Luks1Header header) throws LuksException {
    List<Long> taken = new ArrayList<>();
    metadata.keyslots().values().forEach(keyslot -> taken.add(keyslot.area().offsetBytes()));
    Luks1Header whole = header;
    for (int number = 0; number < Luks1Header.KEYSLOTS; number++) {
      if (!metadata.keyslots().containsKey(number)) {
        long offset = gap(taken);
        taken.add(offset);
        whole = whole.with(number, Luks1Keyslot.disabled(offset));
      }
    }
    return whole;
  }

  /** The first gap between areas that takes another. */
  private long gap(List<Long> taken) throws LuksException {
    taken.sort(Comparator.naturalOrder());
    long areaBytes = NewKeyslot.areaBytes(keyBytes());
    long candidate = Luks1Layout.ALIGNMENT_BYTES;
    for (long offset : taken) {
      if (offset - candidate >= areaBytes) {
        return candidate;
      }
      candidate = Math.max(candidate, Math.ceilDiv(offset + areaBytes, 4096) * 4096);
    }
    if (limitBytes() - candidate < areaBytes) {
      throw new LuksException.NoRoom(
          "%d bytes before the data leave no room for eight keyslots".formatted(limitBytes()));
    }
    return candidate;
  }

  private long limitBytes() {
    long offset = metadata.segment().offsetBytes();
    return offset == 0 ? storage.sizeBytes() : offset;
  }

  private void requireConvertible() throws LuksException {
    CryptSegment segment = metadata.segment();
    require(segment.sectorSize() == Luks1Header.SECTOR_BYTES, "its sectors are not of 512 bytes");
    require(segment.sizeBytes().isEmpty(), "its segment does not reach to the device's end");
    require(segment.ivTweak() == 0, "its segment has an iv_tweak");
    require(segment.offsetBytes() <= MOST_OFFSET_BYTES, "its data begins behind 2 TiB");
    require(CipherSpec.find(segment.cipher()).isPresent(), "its cipher is not supported");
    require(metadata.tokens().isEmpty(), "it has tokens");
    require(metadata.digests().size() == 1, "it has keyslots of other keys");
    require(!metadata.keyslots().isEmpty(), "it has no keyslot");
    for (Map.Entry<Integer, Keyslot> entry : metadata.keyslots().entrySet()) {
      requireConvertible(entry.getKey(), entry.getValue());
    }
  }

  private void requireConvertible(int number, Keyslot keyslot) throws LuksException {
    String where = "keyslot " + number;
    HashAlgorithm hash = digest.hash();
    Keyslot.Area area = keyslot.area();
    require(number < Luks1Header.KEYSLOTS, where + " is past the eighth");
    require(digest.keyslots().contains(number), where + " is unbound");
    require(keyslot.keySizeBytes() == keyBytes(), where + " is of another key size");
    require(
        keyslot.kdf() instanceof KdfParameters.Pbkdf2(String kdfHash, int _)
            && kdfHash.equals(hash.luksName())
            && keyslot.afHash() == hash,
        where + " is not of PBKDF2 with the digest's hash, " + hash.luksName());
    require(
        area.encryption().equals(metadata.segment().cipher())
            && area.keySizeBytes() == keyslot.keySizeBytes(),
        where + " is not encrypted as the data is");
    require(
        area.offsetBytes() % Luks1Header.SECTOR_BYTES == 0
            && area.offsetBytes() <= MOST_OFFSET_BYTES,
        where + " has an area that LUKS1 cannot name");
  }

  private static void require(boolean holds, String why) throws LuksException {
    if (!holds) {
      throw new LuksException.UnsupportedFeature("the volume cannot become LUKS1: " + why);
    }
  }
}
