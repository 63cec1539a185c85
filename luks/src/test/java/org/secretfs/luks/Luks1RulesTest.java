package org.secretfs.luks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule of a LUKS1 header: a volume that keeps all but one is refused with its reason. */
class Luks1RulesTest {
  private static final int CIPHER_NAME = 8;
  private static final int CIPHER_MODE = 40;
  private static final int HASH = 72;
  private static final int PAYLOAD = 104;
  private static final int KEY_BYTES = 108;
  private static final int DIGEST_ITERATIONS = 164;
  private static final int UUID = 168;
  private static final int KEYSLOT_0 = 208;
  private static final int KEYSLOT_5 = 208 + 5 * 48;

  private static void requireRefused(FaultyLuksStorage storage, String reason) {
    assertThatThrownBy(() -> LuksVolume.read(storage))
        .isInstanceOf(LuksException.CorruptHeader.class)
        .hasMessageStartingWith("LUKS1 header at offset 0: ")
        .hasMessageContaining(reason);
    assertThat(storage.operations()).isZero();
  }

  private static FaultyLuksStorage withText(int offset, int room, String text) throws Exception {
    return Luks1Images.with(
        Luks1Images.formatted(), offset, Arrays.copyOf(text.getBytes(US_ASCII), room));
  }

  @Test
  void read_whole_keepsAllRules() throws Exception {
    Luks1Volume volume = Luks1Volume.read(Luks1Images.formatted());
    assertThat(volume.keyslots()).containsOnlyKeys(0);
    assertThat(volume.hash()).isEqualTo("sha256");
    assertThat(volume.keySizeBytes()).isEqualTo(16);
    assertThat(volume.digestIterations()).isEqualTo(1000);
    assertThat(volume.headerSizeBytes()).isBetween(8 * 64_000L, 1L << 20);
    assertThat(volume.segment())
        .isEqualTo(
            new CryptSegment(
                1 << 20, java.util.OptionalLong.empty(), "aes-cbc-essiv:sha256", 512, 0));
  }

  @ParameterizedTest
  @CsvSource({"8,cipher name", "40,cipher mode", "72,hash"})
  void read_nameThatDoesNotEndOrIsNone_isRefused(int offset, String what) throws Exception {
    requireRefused(withText(offset, 32, ""), what);
    requireRefused(withText(offset, 32, "AES"), what);
    requireRefused(withText(offset, 32, "a\u0007b"), what);
    requireRefused(withText(offset, 32, "a".repeat(32)), what);
  }

  @Test
  void read_uuidThatIsNone_isRefused() throws Exception {
    requireRefused(withText(UUID, 40, ""), "UUID");
    requireRefused(withText(UUID, 40, "4c9cf7b5-4c7e-44a7-9f0a-b7b1b5a7a7c"), "UUID");
    requireRefused(withText(UUID, 40, "4c9cf7b5-4c7e-44a7-9f0a-b7b1b5a7a7c2xxxx"), "UUID");
  }

  @Test
  void read_unknownHash_isUnsupportedByName() throws Exception {
    FaultyLuksStorage storage = withText(HASH, 32, "tiger");
    assertThatThrownBy(() -> LuksVolume.read(storage))
        .isInstanceOf(LuksException.UnsupportedFeature.class)
        .hasMessageContaining("\"tiger\"");
  }

  @Test
  void read_nullCipher_isRefusedAsOne() throws Exception {
    FaultyLuksStorage storage = withText(CIPHER_NAME, 32, "cipher_null");
    assertThatThrownBy(() -> LuksVolume.read(storage))
        .isInstanceOf(LuksException.UnsupportedFeature.class)
        .hasMessageContaining("encrypts nothing");
  }

  @Test
  void unlock_cipherThatIsNotHere_isReadAndRefusedByNameWhenOpened() throws Exception {
    FaultyLuksStorage storage = withText(CIPHER_MODE, 32, "lrw-benbi");
    assertThat(LuksVolume.read(storage).segment().cipher()).isEqualTo("aes-lrw-benbi");
    assertThatThrownBy(() -> TestVolumes.opens(storage, "right"))
        .isInstanceOf(LuksException.UnsupportedFeature.class)
        .hasMessageContaining("aes-lrw-benbi");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 129, 0x8000_0000L, 0xFFFF_FFFFL})
  void read_keySizeOutOfRange_isRefused(long bytes) throws Exception {
    requireRefused(
        Luks1Images.withInt(Luks1Images.formatted(), KEY_BYTES, bytes),
        "key of %d".formatted(bytes));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 999, 100_000_001, 0xFFFF_FFFFL})
  void read_iterationsOutOfRange_isRefused(long iterations) throws Exception {
    FaultyLuksStorage whole = Luks1Images.formatted();
    requireRefused(Luks1Images.withInt(whole, DIGEST_ITERATIONS, iterations), "digest: PBKDF2");
    requireRefused(Luks1Images.withInt(whole, KEYSLOT_0 + 4, iterations), "keyslot 0: PBKDF2");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 0xDEAE, 0xFFFF_FFFFL})
  void read_keyslotStateThatIsNone_isRefused(long state) throws Exception {
    requireRefused(
        Luks1Images.withInt(Luks1Images.formatted(), KEYSLOT_5, state), "keyslot 5: state");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 3999, 4001, 0xFFFF_FFFFL})
  void read_otherStripes_isRefused(long stripes) throws Exception {
    requireRefused(
        Luks1Images.withInt(Luks1Images.formatted(), KEYSLOT_5 + 44, stripes),
        "keyslot 5: %d stripes".formatted(stripes));
  }

  @Test
  void read_areaWithinHeader_isRefused() throws Exception {
    requireRefused(
        Luks1Images.withInt(Luks1Images.formatted(), KEYSLOT_5 + 40, 1),
        "keyslot 5: area at 512: must lie behind the header");
  }

  @Test
  void read_areaWithinData_isRefused() throws Exception {
    requireRefused(
        Luks1Images.withInt(Luks1Images.formatted(), KEYSLOT_5 + 40, 1928),
        "must end before the data begins");
    requireRefused(Luks1Images.withInt(Luks1Images.formatted(), PAYLOAD, 8), "before the data");
  }

  @Test
  void read_areaBehindTheDevice_isRefused() throws Exception {
    FaultyLuksStorage detached = Luks1Images.withInt(Luks1Images.formatted(), PAYLOAD, 0);
    assertThat(LuksVolume.read(detached).segment().offsetBytes()).isZero();
    requireRefused(
        Luks1Images.withInt(detached, KEYSLOT_5 + 40, 0xFFFF_FFFFL), "the device at 2097152");
    requireRefused(new FaultyLuksStorage(Arrays.copyOf(detached.content(), 300_000)), "the device");
  }

  @Test
  void read_areasThatOverlap_isRefused() throws Exception {
    requireRefused(
        Luks1Images.withInt(Luks1Images.formatted(), KEYSLOT_5 + 40, 9),
        "areas of keyslots 0 and 5 overlap");
  }

  @Test
  void addKeyslot_otherKdfThanTheHeaders_isRefusedAndNothingWritten() throws Exception {
    FaultyLuksStorage storage = Luks1Images.formatted();
    long before = storage.operations();
    LuksVolume volume = LuksVolume.read(storage);
    try (var right = TestVolumes.passphrase("right");
        VolumeKey key = volume.unlock(right)) {
      for (KdfParameters kdf :
          new KdfParameters[] {
            new KdfParameters.Argon2id(4, 1024, 1), new KdfParameters.Pbkdf2("sha512", 1000)
          }) {
        assertThatThrownBy(() -> volume.addKeyslot(key, right, kdf))
            .isInstanceOf(LuksException.UnsupportedFeature.class)
            .hasMessageContaining("sha256");
      }
    }
    assertThat(storage.operations()).isEqualTo(before);
  }

  @Test
  void keyslots_allInUseOrLastOrChangedMeanwhile_isRefused() throws Exception {
    FaultyLuksStorage storage = Luks1Images.withKeyslots(Luks1Images.formatted(), 8);
    LuksVolume volume = LuksVolume.read(storage);
    LuksVolume other = LuksVolume.read(storage);
    try (var right = TestVolumes.passphrase("right");
        VolumeKey key = volume.unlock(right);
        VolumeKey stranger = VolumeKey.random(16)) {
      assertThatThrownBy(() -> volume.addKeyslot(key, right, TestVolumes.CHEAP))
          .isInstanceOf(LuksException.NoRoom.class);
      assertThatThrownBy(() -> volume.changeKeyslot(0, key, right, TestVolumes.CHEAP))
          .isInstanceOf(LuksException.NoRoom.class);
      assertThatThrownBy(() -> volume.addKeyslot(stranger, right, TestVolumes.CHEAP))
          .isInstanceOf(LuksException.NoKeyslotOpened.class);
    }
    for (int number = 1; number < 8; number++) {
      volume.removeKeyslot(number);
    }
    assertThatThrownBy(() -> volume.removeKeyslot(0))
        .isInstanceOf(LuksException.KeyslotInvalid.class)
        .hasMessageContaining("last");
    assertThatThrownBy(() -> volume.removeKeyslot(3))
        .isInstanceOf(LuksException.KeyslotInvalid.class);
    assertThatThrownBy(() -> other.removeKeyslot(3))
        .isInstanceOf(LuksException.HeaderChanged.class);
    volume.removeKeyslotEvenIfLast(0);
    assertThat(LuksVolume.read(storage).keyslots()).isEmpty();
  }

  @Test
  void removeKeyslot_area_isOverwritten() throws Exception {
    FaultyLuksStorage storage = Luks1Images.withKeyslots(Luks1Images.formatted(), 2);
    LuksVolume volume = LuksVolume.read(storage);
    KeyslotInfo info = java.util.Objects.requireNonNull(volume.keyslots().get(0));
    byte[] before = storage.content();
    volume.removeKeyslot(0);
    byte[] after = storage.content();
    int begin = (int) info.areaOffsetBytes();
    for (int at = begin; at < begin + info.areaSizeBytes(); at += 512) {
      assertThat(Arrays.mismatch(before, at, at + 512, after, at, at + 512)).isNotNegative();
    }
  }

  @Test
  void mend_whatCryptsetupMends_opensAgainAndSaysWhat() throws Exception {
    FaultyLuksStorage broken = Luks1Images.formatted();
    broken = Luks1Images.with(broken, HASH, "SHA256".getBytes(US_ASCII));
    broken = Luks1Images.withInt(broken, KEYSLOT_5 + 40, 3);
    broken = Luks1Images.withInt(broken, KEYSLOT_5 + 44 - 48, 17);
    broken = Luks1Images.with(broken, 510, (byte) 0x55, (byte) 0xAA);
    FaultyLuksStorage storage = broken;
    assertThatThrownBy(() -> LuksVolume.read(storage))
        .isInstanceOf(LuksException.CorruptHeader.class);
    assertThat(Luks1Volume.mend(storage))
        .containsExactly(
            "hash \"SHA256\" is now \"sha256\"",
            "keyslot 4: 17 stripes are now 4000",
            "keyslot 5: offset 1536 is now 331776",
            "keyslot 6: a boot sector's mark is gone");
    assertThat(TestVolumes.opens(storage, "right")).isTrue();
    long writes = storage.operations();
    assertThat(Luks1Volume.mend(storage)).isEmpty();
    assertThat(storage.operations()).isEqualTo(writes);
  }

  @Test
  void mend_keyslotInUseThatIsOff_isRefusedAndNothingWritten() throws Exception {
    FaultyLuksStorage storage = Luks1Images.withInt(Luks1Images.formatted(), KEYSLOT_0 + 44, 4001);
    assertThatThrownBy(() -> Luks1Volume.mend(storage))
        .isInstanceOf(LuksException.CorruptHeader.class)
        .hasMessageContaining("keyslot 0");
    assertThat(storage.operations()).isZero();
  }

  @Test
  void probe_luks1WithStaleLuks2Secondary_isLuks1() throws Exception {
    byte[] luks2 = TestVolumes.formatted().content();
    byte[] image = Luks1Images.formatted().content();
    System.arraycopy(luks2, 16 << 10, image, 16 << 10, 16 << 10);
    FaultyLuksStorage storage = new FaultyLuksStorage(image);
    assertThat(LuksProbe.probe(storage).kind()).isEqualTo(LuksProbe.Kind.LUKS1);
    assertThat(LuksVolume.read(storage).version()).isEqualTo(1);
    assertThatThrownBy(() -> Luks2Volume.read(storage)).isInstanceOf(LuksException.NotLuks.class);
  }
}
