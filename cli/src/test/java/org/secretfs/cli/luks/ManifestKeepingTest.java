package org.secretfs.cli.luks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.run;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.ManifestDerivation;
import org.secretfs.luks.ManifestOptions;

/** Commands that change the header of a volume that {@code secretfs up} asks a manifest of. */
class ManifestKeepingTest {
  private static final String VOLUME = "scratch";
  private static final String ADVICE = "secretfs manifest renew";

  @TempDir private Path folder = Path.of("");

  private Path key = Path.of("");
  private Path second = Path.of("");
  private Path image = Path.of("");

  @BeforeEach
  void makeVolume() throws Exception {
    key = LuksCli.text(folder, "key", "first");
    second = LuksCli.text(folder, "second", "second");
    image = LuksCli.file(folder, "image", 4 << 20);
    run("", "format", CHEAP, "--offset", 4096, image, key).done();
    run("", "add-key", CHEAP, "--key-file", key, image, second).done();
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer secret = secret("first")) {
      Luks2Volume.read(storage)
          .writeManifest(
              secret, 0, ManifestOptions.first(VOLUME, ManifestDerivation.RANDOM_SECRET));
    }
  }

  private static SecretBuffer secret(String text) {
    return SecretBuffer.takeFrom(text.getBytes(UTF_8));
  }

  private void requireVouchedFor(String passphrase) throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image);
        SecretBuffer secret = secret(passphrase)) {
      assertThat(Luks2Volume.read(storage).authenticate(secret, VOLUME, 1).volume())
          .isEqualTo(VOLUME);
    }
  }

  @Test
  void changeKey_ofTheVouchedKeyslot_renewsTheManifest() throws Exception {
    Path third = LuksCli.text(folder, "third", "third");
    assertThat(run("", "change-key", CHEAP, "--key-file", key, image, third).done().err())
        .contains("The manifest vouches");
    requireVouchedFor("third");
  }

  @Test
  void changeKey_ofAnotherKeyslot_leavesTheManifestAsItIs() throws Exception {
    Path third = LuksCli.text(folder, "third", "third");
    assertThat(run("", "change-key", CHEAP, "--key-file", second, image, third).done().err())
        .doesNotContain("manifest");
    requireVouchedFor("first");
  }

  @Test
  void convertKey_ofTheVouchedKeyslot_renewsTheManifest() throws Exception {
    run("", "convert-key", CHEAP, "--key-file", key, image).done();
    requireVouchedFor("first");
  }

  @Test
  void changeKey_manifestWasNotRightBefore_namesTheCommandThatRenewsIt() throws Exception {
    // Another program changed the keyslot; whoever has its passphrase did not vouch for that.
    LuksCli.cryptsetup(
            "", "luksChangeKey", "-q", CHEAP, "--key-slot", 0, "--key-file", key, image, second)
        .done();
    Path third = LuksCli.text(folder, "third", "third");
    assertThat(
            run("", "change-key", CHEAP, "--key-slot", 0, "--key-file", second, image, third)
                .done()
                .err())
        .contains(ADVICE);
  }

  @Test
  void reencrypt_withTheSecretThatVouched_renewsTheManifest() throws Exception {
    assertThat(
            run("", "reencrypt", "--key-file", key, "--other-key-file", second, image).done().err())
        .contains("The manifest vouches");
    requireVouchedFor("first");
  }

  @Test
  void reencrypt_withAnotherSecret_namesTheCommandThatRenewsIt() {
    assertThat(run("", "reencrypt", "--key-file", second, "--key-slot", 1, image).done().err())
        .contains(ADVICE);
  }
}
