package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.LuksProbe.Kind;

/** Which copy counts, and what is done about a damaged one. */
class HeaderCopiesTest {
  private static final int COPY_BYTES = 16 << 10;

  @Test
  void read_primaryFlippedBit_usesSecondaryAndWritesNothing() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    image[4200] ^= 4;
    FaultyLuksStorage storage = new FaultyLuksStorage(image);
    Luks2Volume volume = Luks2Volume.read(storage);
    assertThat(volume.repairReason().orElseThrow()).contains("primary").contains("checksum");
    assertThat(TestVolumes.opens(storage, "right")).isTrue();
    assertThat(LuksProbe.probe(storage).kind()).isEqualTo(Kind.LUKS2);
    assertThat(storage.operations()).isZero();
    assertThat(storage.content()).isEqualTo(image);
  }

  @Test
  void repair_ofEitherCopy_makesBothTheSame() throws Exception {
    for (int damage : new int[] {0, 20, 4200, COPY_BYTES, COPY_BYTES + 4200}) {
      byte[] image = TestVolumes.formatted().content();
      image[damage] ^= 4;
      FaultyLuksStorage storage = new FaultyLuksStorage(image);
      Luks2Volume volume = Luks2Volume.read(storage);
      assertThat(volume.needsRepair()).isTrue();
      volume.repair();
      assertThat(volume.needsRepair()).isFalse();
      assertThat(Luks2Volume.read(storage).needsRepair()).isFalse();
      assertThat(TestVolumes.opens(storage, "right")).isTrue();
    }
  }

  @Test
  void repair_ofGoodCopies_writesNothing() throws Exception {
    FaultyLuksStorage storage = new FaultyLuksStorage(TestVolumes.formatted().content());
    Luks2Volume.read(storage).repair();
    assertThat(storage.operations()).isZero();
  }

  @Test
  void read_primaryOlder_takesSecondary() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    byte[] old = storage.content();
    Luks2Volume.read(storage).addToken(TestVolumes.token("new"));
    byte[] image = storage.content();
    System.arraycopy(old, 0, image, 0, COPY_BYTES);
    Luks2Volume volume = Luks2Volume.read(new FaultyLuksStorage(image));
    assertThat(volume.tokens()).hasSize(1);
    assertThat(volume.repairReason().orElseThrow()).contains("primary").contains("older");
  }

  @Test
  void read_secondaryOlder_takesPrimary() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    byte[] old = storage.content();
    Luks2Volume.read(storage).addToken(TestVolumes.token("new"));
    byte[] image = storage.content();
    System.arraycopy(old, COPY_BYTES, image, COPY_BYTES, COPY_BYTES);
    Luks2Volume volume = Luks2Volume.read(new FaultyLuksStorage(image));
    assertThat(volume.tokens()).hasSize(1);
    assertThat(volume.repairReason().orElseThrow()).contains("secondary").contains("older");
  }

  /** A newer copy that needs more than this library does must not be passed over. */
  @Test
  void read_newerCopyNeedsAnUnknownFeature_isRefused() throws Exception {
    byte[] newer =
        new HeaderForge()
            .withJson(
                json -> json.withObject("/config/requirements").putArray("mandatory").add("x"))
            .content();
    newer[16 + 7] = 9;
    HeaderForge.seal(newer, 0);
    byte[] image = newer.clone();
    byte[] plain = new HeaderForge().storage().content();
    System.arraycopy(plain, COPY_BYTES, image, COPY_BYTES, COPY_BYTES);
    assertThatThrownBy(() -> Luks2Volume.read(new FaultyLuksStorage(image)))
        .isInstanceOf(LuksException.UnsupportedFeature.class);
    assertThat(LuksProbe.probe(new FaultyLuksStorage(image)).kind()).isEqualTo(Kind.LUKS2);
  }

  @Test
  void read_sameSeqidOtherContent_takesPrimaryAndAsksForRepair() throws Exception {
    byte[] image = new HeaderForge().storage().content();
    byte[] other =
        new HeaderForge()
            .withJson(json -> json.withObject("/config").putArray("flags").add("no-journal"))
            .content();
    System.arraycopy(other, COPY_BYTES, image, COPY_BYTES, COPY_BYTES);
    Luks2Volume volume = Luks2Volume.read(new FaultyLuksStorage(image));
    assertThat(volume.jsonMetadata()).doesNotContain("no-journal");
    assertThat(volume.repairReason().orElseThrow()).contains("differs");
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096})
  void read_primaryDestroyed_findsSecondaryAtEachOfItsPlaces(int kib) throws Exception {
    FormatOptions options =
        FormatOptions.builder(TestVolumes.CHEAP)
            .metadataSizeBytes(kib << 10)
            .dataOffsetBytes(10 << 20)
            .build();
    FaultyLuksStorage storage = FaultyLuksStorage.ofSize(11 << 20);
    try (SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      Luks2Volume.format(storage, options, passphrase);
    }
    byte[] image = storage.content();
    Arrays.fill(image, 0, 4096, (byte) 0);
    FaultyLuksStorage damaged = new FaultyLuksStorage(image);
    Luks2Volume volume = Luks2Volume.read(damaged);
    assertThat(volume.needsRepair()).isTrue();
    volume.repair();
    assertThat(TestVolumes.opens(damaged, "right")).isTrue();
    assertThat(volume.needsRepair()).isFalse();
  }

  @Test
  void read_primaryOverwrittenByAFileSystem_isRefusedAndNotRepaired() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    Arrays.fill(image, 0, 4096, (byte) 0);
    image[1080] = 0x53;
    image[1081] = (byte) 0xEF;
    FaultyLuksStorage storage = new FaultyLuksStorage(image);
    assertThatThrownBy(() -> Luks2Volume.read(storage))
        .isInstanceOf(LuksException.SignaturesAmbiguous.class)
        .hasMessageContaining("ext4");
    assertThat(LuksProbe.probe(storage).kind()).isEqualTo(Kind.DAMAGED_LUKS);
  }

  @Test
  void read_bothCopiesDamaged_namesBothProblems() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    image[4200] ^= 4;
    image[COPY_BYTES + 4200] ^= 4;
    FaultyLuksStorage storage = new FaultyLuksStorage(image);
    assertThatThrownBy(() -> Luks2Volume.read(storage))
        .isInstanceOf(LuksException.CorruptHeader.class)
        .hasMessageContaining("offset 0")
        .hasMessageContaining("offset 16384");
    assertThat(LuksProbe.probe(storage).kind()).isEqualTo(Kind.DAMAGED_LUKS);
  }

  @Test
  void read_onlyMagicOfSecondaryLeft_isDamagedNotBlank() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    Arrays.fill(image, 0, COPY_BYTES, (byte) 0);
    Arrays.fill(image, COPY_BYTES + 6, image.length, (byte) 0);
    FaultyLuksStorage storage = new FaultyLuksStorage(image);
    assertThat(LuksProbe.probe(storage).kind()).isEqualTo(Kind.DAMAGED_LUKS);
  }

  /** A finished volume whose primary bears the mark again must not pass for a blank device. */
  @Test
  void probe_markAndDamagedSecondary_isDamagedNotUnfinished() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    BinaryHeader header = BinaryHeader.unchecked(Arrays.copyOf(image, 4096));
    System.arraycopy(UnfinishedFormat.mark(header), 0, image, 0, 512);
    assertThat(LuksProbe.probe(new FaultyLuksStorage(image)).kind()).isEqualTo(Kind.LUKS2);
    image[COPY_BYTES + 4200] ^= 4;
    assertThat(LuksProbe.probe(new FaultyLuksStorage(image)).kind()).isEqualTo(Kind.DAMAGED_LUKS);
  }

  @Test
  void probe_blankTinyAndForeignDevices_areNone() throws Exception {
    assertThat(LuksProbe.probe(FaultyLuksStorage.ofSize(1 << 20)).kind()).isEqualTo(Kind.NONE);
    assertThat(LuksProbe.probe(FaultyLuksStorage.ofSize(0)).kind()).isEqualTo(Kind.NONE);
    assertThat(LuksProbe.probe(FaultyLuksStorage.ofSize(511)).kind()).isEqualTo(Kind.NONE);
    byte[] text = "LUKS, but not so".repeat(100).getBytes(StandardCharsets.UTF_8);
    assertThat(LuksProbe.probe(new FaultyLuksStorage(text)).kind()).isEqualTo(Kind.NONE);
  }

  @Test
  void probe_truncatedVolume_isDamaged() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    for (int size : new int[] {512, 4096, 10_000, COPY_BYTES, 3 * COPY_BYTES}) {
      FaultyLuksStorage storage = new FaultyLuksStorage(Arrays.copyOf(image, size));
      assertThat(LuksProbe.probe(storage).kind()).isEqualTo(Kind.DAMAGED_LUKS);
    }
  }
}
