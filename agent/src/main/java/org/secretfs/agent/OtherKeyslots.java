package org.secretfs.agent;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.NewSecret;
import org.secretfs.luks.KeyslotOptions;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.ManifestOptions;
import org.secretfs.luks.SecretfsToken;
import org.secretfs.luks.VolumeDefaults;
import org.secretfs.luks.VolumeKey;

/**
 * Gives a new volume the keyslots of its further key sources. Only as long as its file system is
 * pending: who may open a volume that is in use is not changed by a line in a configuration.
 */
final class OtherKeyslots {
  private final VolumeSpec volume;
  private final Steps steps;

  OtherKeyslots(VolumeSpec volume, Steps steps) {
    this.volume = volume;
    this.steps = steps;
  }

  /**
   * Adds what is missing. A crash leaves keyslots with or without their tokens; one without is
   * added again, and its secret is lost or opens as well.
   *
   * @param opened the source whose secret opened the volume
   */
  void addTo(Luks2Volume header, VolumeKey key, KeySource opened) throws SecretfsException {
    if (!LuksVolumes.isPending(header)) {
      return;
    }
    List<Map<String, Object>> recorded = LuksVolumes.recordedSources(header);
    for (KeySource source : volume.keySources()) {
      if (!source.equals(opened) && recorded.stream().noneMatch(source::recorded)) {
        steps.perform(Step.ADD_KEYSLOT, () -> add(header, key, source));
      }
    }
  }

  private void add(Luks2Volume header, VolumeKey key, KeySource source) throws SecretfsException {
    boolean secretIsRandom = !source.exists(volume.id());
    try (NewSecret secret = source.make(volume.id())) {
      int keyslot =
          header.addKeyslot(
              key, secret.secret(), KeyslotOptions.of(VolumeDefaults.kdf(secretIsRandom)));
      if (volume.manifest().makes()) {
        header.writeManifest(
            secret.secret(),
            keyslot,
            ManifestOptions.first(
                volume.name(), VolumeDefaults.manifestDerivation(secretIsRandom)));
      }
      header.addToken(SecretfsToken.of(Set.of(keyslot), volume.name(), secret.facts()).toToken());
    } catch (IOException e) {
      throw new AgentException(
          AgentError.DEVICE_UNREADABLE,
          "volume %s: device %s failed: %s".formatted(volume.name(), volume.device().path(), e),
          e);
    }
  }
}
