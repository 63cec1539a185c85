package org.secretfs.luks;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * The rules of a LUKS1 header, and what it says in the words of LUKS2: keyslots, a digest and a
 * segment, so that both versions are opened by the same code.
 *
 * <p>The header has neither a checksum nor a second copy: a value out of its range is all that
 * damage can be seen by.
 */
final class Luks1Rules {
  static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  private static final Pattern NAME = Pattern.compile("[a-z0-9_:()-]+");
  static final int MAX_KEY_BYTES = 128;

  private final Luks1Header header;

  private Luks1Rules(Luks1Header header) {
    this.header = header;
  }

  /**
   * Judges a header.
   *
   * @param deviceBytes the size of the device that holds it
   * @throws LuksException.NotLuks if it is none of LUKS1
   * @throws LuksException.CorruptHeader if it breaks a rule
   * @throws LuksException.UnsupportedFeature if it names a hash or cipher that cannot be
   */
  static Metadata judge(Luks1Header header, long deviceBytes) throws LuksException {
    if (!header.hasMagic()) {
      throw new LuksException.NotLuks("no LUKS1 header at the begin of the device");
    }
    Luks1Rules rules = new Luks1Rules(header);
    rules.requireTexts();
    rules.requireNumbers();
    rules.requireKeyslots();
    rules.requireAreas(deviceBytes);
    return rules.metadata();
  }

  /** Whether the device begins with a LUKS1 header that keeps all rules. */
  static boolean isKept(LuksStorage storage) throws IOException {
    try {
      judge(Luks1Header.read(storage), storage.sizeBytes());
      return true;
    } catch (LuksException.UnsupportedFeature e) {
      return true;
    } catch (LuksException e) {
      return false;
    }
  }

  private void requireTexts() throws LuksException {
    requireName("cipher name", header.cipherName(), Luks1Header.CIPHER_NAME_OFFSET);
    requireName("cipher mode", header.cipherMode(), Luks1Header.CIPHER_MODE_OFFSET);
    requireName("hash", header.hash(), Luks1Header.HASH_OFFSET);
    require(
        header.isUuidTerminated() && UUID_TEXT.matcher(header.uuid()).matches(),
        "UUID \"%s\" is none",
        header.uuid());
    if (header.cipherName().startsWith("cipher_null") || header.cipherName().startsWith("null")) {
      throw new LuksException.UnsupportedFeature(
          "the cipher \"%s\" encrypts nothing".formatted(header.cipher()));
    }
    HashAlgorithm hash = hash();
    require(
        hash.lengthBytes() >= Luks1Header.DIGEST_BYTES,
        "hash \"%s\": must give %d bytes or more",
        header.hash(),
        Luks1Header.DIGEST_BYTES);
  }

  private void requireName(String what, String name, int offset) throws LuksException {
    require(
        header.isTerminated(offset, Luks1Header.NAME_BYTES) && NAME.matcher(name).matches(),
        "%s \"%s\": must be a name in lower case that a zero byte ends",
        what,
        name);
  }

  private HashAlgorithm hash() throws LuksException {
    return HashAlgorithm.ofLuksName(header.hash())
        .orElseThrow(() ->
            new LuksException.UnsupportedFeature(
                "the hash \"%s\" is not supported".formatted(header.hash())));
  }

  private void requireNumbers() throws LuksException {
    require(
        header.keyBytes() >= 1 && header.keyBytes() <= MAX_KEY_BYTES,
        "key of %d bytes: must be 1 to %d",
        header.keyBytes(),
        MAX_KEY_BYTES);
    requireIterations("digest", header.digestIterations());
  }

  private void requireIterations(String where, long iterations) throws LuksException {
    var broken = KdfBounds.pbkdf2(iterations);
    require(broken.isEmpty(), "%s: %s", where, broken.orElse(""));
  }

  private void requireKeyslots() throws LuksException {
    for (int number = 0; number < Luks1Header.KEYSLOTS; number++) {
      Luks1Keyslot keyslot = header.keyslot(number);
      String where = "keyslot " + number;
      require(
          keyslot.isEnabled() || keyslot.state() == Luks1Keyslot.DISABLED,
          "%s: state %08x: must be 00ac71f3 or 0000dead",
          where,
          keyslot.state());
      require(
          keyslot.stripes() == Keyslot.STRIPES,
          "%s: %d stripes: must be %d",
          where,
          keyslot.stripes(),
          Keyslot.STRIPES);
      if (keyslot.isEnabled()) {
        requireIterations(where, keyslot.iterations());
      }
    }
  }

  private int splitBytes() {
    return Keyslot.splitBytes((int) header.keyBytes());
  }

  private void requireAreas(long deviceBytes) throws LuksException {
    long payload = header.payloadOffsetBytes();
    List<Integer> byOffset = new ArrayList<>();
    for (int number = 0; number < Luks1Header.KEYSLOTS; number++) {
      byOffset.add(number);
      long begin = header.keyslot(number).offsetBytes();
      long end = begin + splitBytes();
      require(
          begin >= Luks1Header.SIZE_BYTES,
          "keyslot %d: area at %d: must lie behind the header",
          number,
          begin);
      // A payload offset of 0 means that the header lives on a device of its own.
      require(
          payload == 0 || end <= payload,
          "keyslot %d: area ends at %d: must end before the data begins at %d",
          number,
          end,
          payload);
      require(
          end <= deviceBytes,
          "keyslot %d: area ends at %d, the device at %d",
          number,
          end,
          deviceBytes);
    }
    requireNoOverlap(byOffset);
  }

  private void requireNoOverlap(List<Integer> numbers) throws LuksException {
    numbers.sort(Comparator.comparingLong(number -> header.keyslot(number).offsetBytes()));
    for (int i = 1; i < numbers.size(); i++) {
      int former = numbers.get(i - 1);
      int latter = numbers.get(i);
      require(
          header.keyslot(former).offsetBytes() + splitBytes()
              <= header.keyslot(latter).offsetBytes(),
          "areas of keyslots %d and %d overlap",
          former,
          latter);
    }
  }

  private Metadata metadata() throws LuksException {
    SortedMap<Integer, Keyslot> keyslots = new TreeMap<>();
    for (int number = 0; number < Luks1Header.KEYSLOTS; number++) {
      if (header.keyslot(number).isEnabled()) {
        keyslots.put(number, keyslot(header, header.keyslot(number), hash()));
      }
    }
    SortedMap<Integer, Digest> digests = new TreeMap<>();
    digests.put(0, digest(new TreeSet<>(keyslots.keySet())));
    return new Metadata(keyslots, digests, segment(), new TreeMap<>(), areasSize());
  }

  /** An entry in use as LUKS2 would put it. */
  static Keyslot keyslot(Luks1Header header, Luks1Keyslot entry, HashAlgorithm hash) {
    int keyBytes = (int) header.keyBytes();
    return new Keyslot(
        keyBytes,
        KeyslotInfo.Priority.NORMAL,
        new KdfParameters.Pbkdf2(hash.luksName(), (int) entry.iterations()),
        base64(entry.salt()),
        hash,
        area(header, entry.offsetBytes()));
  }

  /** The area of a keyslot that begins at {@code offsetBytes}. */
  static Keyslot.Area area(Luks1Header header, long offsetBytes) {
    int keyBytes = (int) header.keyBytes();
    return new Keyslot.Area(offsetBytes, Keyslot.splitBytes(keyBytes), header.cipher(), keyBytes);
  }

  private Digest digest(SortedSet<Integer> keyslots) throws LuksException {
    return new Digest(
        keyslots,
        new TreeSet<>(List.of(Metadata.SEGMENT)),
        hash(),
        (int) header.digestIterations(),
        base64(header.digestSalt()),
        base64(header.digest()));
  }

  private CryptSegment segment() {
    return new CryptSegment(
        header.payloadOffsetBytes(),
        OptionalLong.empty(),
        header.cipher(),
        Luks1Header.SECTOR_BYTES,
        0);
  }

  /** The bytes from the begin of the device to the end of the last area. */
  private long areasSize() {
    List<Long> ends = new ArrayList<>();
    for (int number = 0; number < Luks1Header.KEYSLOTS; number++) {
      ends.add(header.keyslot(number).offsetBytes() + splitBytes());
    }
    return Collections.max(ends);
  }

  static UUID uuid(Luks1Header header) {
    return UUID.fromString(header.uuid());
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @FormatMethod
  private static void require(boolean holds, @FormatString String rule, Object... values)
      throws LuksException {
    if (!holds) {
      throw LuksException.CorruptHeader.ofLuks1(rule.formatted(values));
    }
  }
}
