package org.secretfs.agent;

import java.io.IOException;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.KeySource;
import org.secretfs.luks.KeyslotInfo;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.ManifestDerivation;
import org.secretfs.luks.ManifestOptions;
import org.secretfs.luks.VolumeDefaults;

/** Vouches for a volume's header as it is, at its owner's word. */
final class ManifestRenewal {
  private final VolumeSpec volume;
  private final Steps steps;

  ManifestRenewal(VolumeSpec volume, Steps steps) {
    this.volume = volume;
    this.steps = steps;
  }

  /**
   * Writes the manifest under the volume's secret.
   *
   * @param epoch of the new manifest
   */
  void run(long epoch) throws SecretfsException {
    new SourceWalk(volume, steps)
        .first((source, secret) -> {
          steps.perform(Step.VOUCH, () -> write(source, secret, epoch));
          return epoch;
        });
  }

  private void write(KeySource source, SecretBuffer secret, long epoch) throws SecretfsException {
    LuksVolumes.withStorage(
        volume.device().path(),
        true,
        storage -> {
          Luks2Volume header = Luks2Volume.read(storage);
          KeyslotInfo keyslot = opened(header, source, secret);
          ManifestDerivation derivation = VolumeDefaults.manifestDerivation(isRandom(keyslot));
          header.writeManifest(
              secret, keyslot.number(), new ManifestOptions(volume.name(), epoch, derivation));
          return keyslot;
        });
  }

  private KeyslotInfo opened(Luks2Volume header, KeySource source, SecretBuffer secret)
      throws IOException, SecretfsException {
    for (KeyslotInfo keyslot : header.keyslots().values()) {
      if (keyslot.boundToSegment() && opens(header, secret, keyslot.number())) {
        return keyslot;
      }
    }
    throw new AgentException(
        AgentError.SECRET_DOES_NOT_OPEN,
        "volume %s: the secret from key source '%s' opens no keyslot of %s"
            .formatted(volume.name(), source.kind(), volume.device().path()));
  }

  private static boolean opens(Luks2Volume header, SecretBuffer secret, int keyslot)
      throws IOException, LuksException {
    try {
      header.unlock(secret, keyslot).close();
      return true;
    } catch (LuksException.NoKeyslotOpened e) {
      return false;
    }
  }

  /**
   * Whoever made the keyslot took the least derivation that there is, so held the secret for
   * random. The header's word is good enough here: with other parameters it had not opened.
   */
  private static boolean isRandom(KeyslotInfo keyslot) {
    return keyslot.kdf().equals(VolumeDefaults.RANDOM_SECRET_KDF);
  }
}
