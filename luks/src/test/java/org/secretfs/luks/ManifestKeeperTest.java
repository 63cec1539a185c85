package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

/** A manifest over changes of its keyslot: renewed by whoever had vouched, by nobody else. */
class ManifestKeeperTest {
  private static final String VOLUME = "scratch";
  private static final KdfParameters OTHER = new KdfParameters.Pbkdf2("sha256", 1001);

  private final SecretBuffer secret = TestVolumes.passphrase("right");
  private final SecretBuffer other = TestVolumes.passphrase("other");

  @AfterEach
  void closeSecrets() {
    secret.close();
    other.close();
  }

  private Luks2Volume vouchedFor() throws Exception {
    Luks2Volume volume = Luks2Volume.read(TestVolumes.formatted());
    volume.writeManifest(
        secret, 0, ManifestOptions.first(VOLUME, ManifestDerivation.RANDOM_SECRET));
    return volume;
  }

  private static void change(Luks2Volume volume, SecretBuffer from, SecretBuffer to)
      throws Exception {
    try (VolumeKey key = volume.unlock(from)) {
      volume.changeKeyslot(0, key, to, OTHER);
    }
  }

  @Test
  void renewWithOther_afterAChangeOfTheSecret_vouchesUnderTheNewOne() throws Exception {
    Luks2Volume volume = vouchedFor();
    ManifestKeeper keeper = ManifestKeeper.of(volume, 0, secret);
    change(volume, secret, other);
    assertThat(keeper.renewWithOther(volume, other)).isEqualTo(ManifestKeeper.Outcome.RENEWED);
    assertThat(volume.authenticate(other, VOLUME, 1).keyslot()).isZero();
    assertThatThrownBy(() -> volume.authenticate(secret, VOLUME, 1))
        .isInstanceOf(LuksException.ManifestBroken.class);
    // The new secret may be one that can be guessed, so testing guesses must not be cheap.
    assertThat(volume.jsonMetadata()).contains("argon2id");
  }

  @Test
  void renew_afterAChangeOfTheDerivation_vouchesAsBefore() throws Exception {
    Luks2Volume volume = vouchedFor();
    ManifestKeeper keeper = ManifestKeeper.of(volume, 0, secret);
    change(volume, secret, secret);
    assertThat(keeper.renew(volume, secret)).isEqualTo(ManifestKeeper.Outcome.RENEWED);
    assertThat(volume.authenticate(secret, VOLUME, 1).keyslot()).isZero();
  }

  @Test
  void renew_noManifest_doesNothing() throws Exception {
    Luks2Volume volume = Luks2Volume.read(TestVolumes.formatted());
    ManifestKeeper keeper = ManifestKeeper.of(volume, 0, secret);
    assertThat(keeper.renew(volume, secret)).isEqualTo(ManifestKeeper.Outcome.NONE);
    assertThat(volume.tokens()).isEmpty();
  }

  @Test
  void renew_headerWasChangedByOthersBefore_isNotVouchedFor() throws Exception {
    Luks2Volume volume = vouchedFor();
    change(volume, secret, secret);
    String before = volume.jsonMetadata();
    ManifestKeeper keeper = ManifestKeeper.of(volume, 0, secret);
    assertThat(keeper.renew(volume, secret)).isEqualTo(ManifestKeeper.Outcome.BROKEN);
    assertThat(volume.jsonMetadata()).isEqualTo(before);
  }

  @Test
  void renew_secretDidNotMakeTheManifest_isNotVouchedFor() throws Exception {
    Luks2Volume volume = vouchedFor();
    change(volume, secret, other);
    ManifestKeeper keeper = ManifestKeeper.of(volume, 0, other);
    assertThat(keeper.renew(volume, other)).isEqualTo(ManifestKeeper.Outcome.BROKEN);
  }

  @Test
  void isIn_inReencryptionAndNot_tells() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    assertThat(ManifestKeeper.isIn(storage)).isFalse();
    Luks2Volume.read(storage)
        .writeManifest(secret, 0, ManifestOptions.first(VOLUME, ManifestDerivation.RANDOM_SECRET));
    assertThat(ManifestKeeper.isIn(storage)).isTrue();
    ReencryptionSetup.reencrypt(
        storage, storage, java.util.List.of(secret), ReencryptOptions.defaults());
    assertThat(ManifestKeeper.isIn(storage)).isTrue();
  }
}
