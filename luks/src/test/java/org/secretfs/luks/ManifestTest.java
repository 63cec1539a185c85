package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.crypto.memory.SecretBuffer;

/** What a manifest is, who can make one, and which changes it outlives. */
class ManifestTest {
  private static final String VOLUME = "data";

  private static FaultyLuksStorage vouchedFor() throws IOException, LuksException {
    return TestVolumes.formatted(
        TestVolumes.options()
            .token(TestVolumes.token("other"))
            .manifest(ManifestOptions.first(VOLUME, ManifestDerivation.RANDOM_SECRET))
            .build());
  }

  private static AuthenticHeader authenticate(LuksStorage storage, String secret, String volume)
      throws IOException, LuksException {
    try (SecretBuffer passphrase = TestVolumes.passphrase(secret)) {
      return Luks2Volume.read(storage).authenticate(passphrase, volume, 1);
    }
  }

  @Test
  void authenticate_formattedWithManifest_returnsWhatTheHeaderSays() throws Exception {
    FaultyLuksStorage storage = vouchedFor();
    Luks2Volume volume = Luks2Volume.read(storage);
    assertThat(authenticate(storage, "right", VOLUME))
        .isEqualTo(new AuthenticHeader(VOLUME, 0, volume.segment(), 1));
    assertThat(volume.tokens().values())
        .extracting(Token::type)
        .containsExactly("other", "secretfs-manifest");
  }

  @Test
  void authenticate_noManifest_isMissing() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    assertThatThrownBy(() -> authenticate(storage, "right", VOLUME))
        .isInstanceOf(LuksException.ManifestMissing.class);
  }

  @Test
  void authenticate_manifestRemoved_isMissing() throws Exception {
    FaultyLuksStorage storage = vouchedFor();
    Luks2Volume.read(storage).removeToken(1);
    assertThatThrownBy(() -> authenticate(storage, "right", VOLUME))
        .isInstanceOf(LuksException.ManifestMissing.class);
  }

  @Test
  void authenticate_otherSecret_isBroken() throws Exception {
    FaultyLuksStorage storage = vouchedFor();
    assertThatThrownBy(() -> authenticate(storage, "wrong", VOLUME))
        .isInstanceOf(LuksException.ManifestBroken.class)
        .hasMessageContaining("does not fit the secret");
  }

  @Test
  void authenticate_otherVolume_isRefusedByName() throws Exception {
    FaultyLuksStorage storage = vouchedFor();
    assertThatThrownBy(() -> authenticate(storage, "right", "logs"))
        .isInstanceOf(LuksException.HeaderNotVouchedFor.class)
        .hasMessageContaining("volume is \"logs\", was \"data\"");
  }

  @Test
  void authenticate_epochBelowLeast_isRefused() throws Exception {
    FaultyLuksStorage storage = vouchedFor();
    try (SecretBuffer secret = TestVolumes.passphrase("right")) {
      assertThatThrownBy(() -> Luks2Volume.read(storage).authenticate(secret, VOLUME, 2))
          .isInstanceOf(LuksException.HeaderNotVouchedFor.class)
          .hasMessageContaining("epoch is 1, must be at least 2");
      Luks2Volume volume = Luks2Volume.read(storage);
      volume.writeManifest(
          secret, 0, new ManifestOptions(VOLUME, 2, ManifestDerivation.RANDOM_SECRET));
      assertThat(volume.authenticate(secret, VOLUME, 2).epoch()).isEqualTo(2);
      assertThat(volume.tokens()).hasSize(2);
    }
  }

  @Test
  void authenticate_headerOfBeforeTheEpoch_isRefused() throws Exception {
    FaultyLuksStorage storage = vouchedFor();
    byte[] old = storage.content();
    try (SecretBuffer secret = TestVolumes.passphrase("right")) {
      Luks2Volume.read(storage)
          .writeManifest(
              secret, 0, new ManifestOptions(VOLUME, 2, ManifestDerivation.RANDOM_SECRET));
      assertThat(Luks2Volume.read(storage).authenticate(secret, VOLUME, 2)).isNotNull();
      assertThatThrownBy(
              () -> Luks2Volume.read(new FaultyLuksStorage(old)).authenticate(secret, VOLUME, 2))
          .isInstanceOf(LuksException.HeaderNotVouchedFor.class);
    }
  }

  @Test
  void authenticate_withoutReadingKeyslots_derivesNothing() throws Exception {
    byte[] image = vouchedFor().content();
    java.util.Arrays.fill(image, 32 << 10, 1 << 20, (byte) 0xEE);
    assertThat(authenticate(new FaultyLuksStorage(image), "right", VOLUME).keyslot()).isZero();
  }

  // What an owner may change.

  @Test
  void authenticate_afterKeyslotTokenAndPriorityChanged_isStillRight() throws Exception {
    FaultyLuksStorage storage = vouchedFor();
    Luks2Volume volume = Luks2Volume.read(storage);
    try (SecretBuffer right = TestVolumes.passphrase("right");
        SecretBuffer second = TestVolumes.passphrase("second");
        VolumeKey key = volume.unlock(right)) {
      volume.addKeyslot(key, second, TestVolumes.CHEAP);
      volume.addToken(TestVolumes.token("more"));
      volume.removeToken(0);
    }
    byte[] image = storage.content();
    FaultyLuksStorage preferred =
        new HeaderForge(image).withJson(json -> json.withObject("/keyslots/0").put("priority", 2));
    assertThat(authenticate(preferred, "right", VOLUME).keyslot()).isZero();
    FaultyLuksStorage labelled =
        new HeaderForge(image).withBinary(binary -> binary.put(24, (byte) 'x'));
    assertThat(authenticate(labelled, "right", VOLUME).keyslot()).isZero();
  }

  @Test
  void changeKeyslot_withManifest_isRefusedUntilRenewed() throws Exception {
    FaultyLuksStorage storage = vouchedFor();
    Luks2Volume volume = Luks2Volume.read(storage);
    try (SecretBuffer right = TestVolumes.passphrase("right");
        SecretBuffer second = TestVolumes.passphrase("second");
        VolumeKey key = volume.unlock(right)) {
      volume.changeKeyslot(0, key, second, TestVolumes.CHEAP);
      assertThatThrownBy(() -> volume.authenticate(second, VOLUME, 1))
          .isInstanceOf(LuksException.ManifestBroken.class);
      assertThatThrownBy(() -> volume.authenticate(right, VOLUME, 1))
          .isInstanceOf(LuksException.HeaderNotVouchedFor.class);
      volume.writeManifest(
          second, 0, ManifestOptions.first(VOLUME, ManifestDerivation.RANDOM_SECRET));
      assertThat(volume.authenticate(second, VOLUME, 1).keyslot()).isZero();
      assertThat(volume.tokens()).hasSize(2);
    }
  }

  @Test
  void removeKeyslot_withManifest_removesItToo() throws Exception {
    FaultyLuksStorage storage = vouchedFor();
    Luks2Volume volume = Luks2Volume.read(storage);
    try (SecretBuffer right = TestVolumes.passphrase("right");
        SecretBuffer second = TestVolumes.passphrase("second");
        VolumeKey key = volume.unlock(right)) {
      volume.addKeyslot(key, second, TestVolumes.CHEAP);
      volume.writeManifest(
          second, 1, ManifestOptions.first(VOLUME, ManifestDerivation.RANDOM_SECRET));
      volume.removeKeyslot(0);
      assertThat(volume.tokens().values()).filteredOn(Manifest::isOne).hasSize(1);
      assertThat(volume.authenticate(second, VOLUME, 1).keyslot()).isEqualTo(1);
    }
  }

  @Test
  void writeManifest_secretThatDoesNotOpen_isRefusedAndWritesNothing() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    byte[] before = storage.content();
    try (SecretBuffer wrong = TestVolumes.passphrase("wrong")) {
      Luks2Volume volume = Luks2Volume.read(storage);
      ManifestOptions options = ManifestOptions.first(VOLUME, ManifestDerivation.RANDOM_SECRET);
      assertThatThrownBy(() -> volume.writeManifest(wrong, 0, options))
          .isInstanceOf(LuksException.NoKeyslotOpened.class);
    }
    assertThat(storage.content()).isEqualTo(before);
  }

  // Secrets that might be guessed.

  @Test
  void authenticate_passphraseDerivation_isRightWithTheSecretOnly() throws Exception {
    var cost = new KdfParameters.Argon2id(4, 64 << 10, 1);
    FaultyLuksStorage storage =
        TestVolumes.formatted(
            TestVolumes.options()
                .manifest(ManifestOptions.first(VOLUME, new ManifestDerivation.Passphrase(cost)))
                .build());
    assertThat(authenticate(storage, "right", VOLUME).keyslot()).isZero();
    assertThatThrownBy(() -> authenticate(storage, "wrong", VOLUME))
        .isInstanceOf(LuksException.ManifestBroken.class);
    FaultyLuksStorage cheaper =
        new HeaderForge(storage.content())
            .withJson(json -> json.withObject("/tokens/0/derivation").put("memory", 1024));
    assertThatThrownBy(() -> authenticate(cheaper, "right", VOLUME))
        .isInstanceOf(LuksException.ManifestBroken.class)
        .hasMessageContaining("from 65536");
  }

  @Test
  void passphraseDerivation_cheaperThanTheLeast_cannotBeMade() {
    assertThatThrownBy(
            () -> new ManifestDerivation.Passphrase(new KdfParameters.Argon2id(4, 32 << 10, 1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new ManifestDerivation.Passphrase(new KdfParameters.Argon2id(3, 64 << 10, 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // The format.

  private static final byte[] SAMPLE_SECRET =
      HexFormat.of().parseHex("000102030405060708090b0c0d0e0f101112131415161718191a1b1c1d1e1f20");

  /** A header as this version's first release writes it; never made anew. */
  private static FaultyLuksStorage sample() throws IOException {
    try (var in =
        new GZIPInputStream(ManifestTest.class.getResourceAsStream("manifest-v1.header.gz"))) {
      return new FaultyLuksStorage(java.util.Arrays.copyOf(in.readAllBytes(), 2 << 20));
    }
  }

  @Test
  void authenticate_frozenSample_isStillRight() throws Exception {
    try (SecretBuffer secret = SecretBuffer.takeFrom(SAMPLE_SECRET.clone())) {
      AuthenticHeader header = Luks2Volume.read(sample()).authenticate(secret, "frozen", 7);
      assertThat(header.segment().cipher()).isEqualTo("aes-xts-plain64");
      assertThat(header.segment().sectorSize()).isEqualTo(4096);
      assertThat(header.epoch()).isEqualTo(7);
    }
  }

  @Test
  void documentation_programInPython_agrees(@TempDir Path folder) throws Exception {
    Tools.require("python3");
    String text = Files.readString(Path.of("../docs/format/manifest.md"));
    Matcher block = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL).matcher(text);
    assertThat(block.find()).isTrue();
    Path program = Files.writeString(folder.resolve("check.py"), block.group(1));
    Token token = Luks2Volume.read(sample()).tokens().values().iterator().next();
    Path file = Files.writeString(folder.resolve("token.json"), token.toJson());
    String secret = HexFormat.of().formatHex(SAMPLE_SECRET);
    assertThat(Tools.runWithInput("", "python3", program, file, secret))
        .startsWith("made with this secret");
    assertThat(Tools.runWithInput("", "python3", program, file, "00".repeat(32)))
        .startsWith("NOT made");
  }

  @Test
  void canonical_orderOfNames_makesNoDifference() throws Exception {
    ObjectNode one = json("{\"b\":{\"d\":1,\"c\":[\"x\",2]},\"a\":\"\\u00e9\"}");
    ObjectNode other = json("{\"a\":\"\\u00e9\",\"b\":{\"c\":[\"x\",2],\"d\":1}}");
    assertThat(HeaderJson.canonical(one)).isEqualTo(HeaderJson.canonical(other));
    assertThat(new String(HeaderJson.canonical(one), java.nio.charset.StandardCharsets.US_ASCII))
        .isEqualTo("{\"a\":\"\\u00E9\",\"b\":{\"c\":[\"x\",2],\"d\":1}}");
  }

  private static ObjectNode json(String text) throws HeaderJson.MalformedJsonException {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return HeaderJson.parse(bytes, bytes.length);
  }
}
