package org.secretfs.agent;

import java.io.IOException;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.KeySource;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksException;

/** Proves that a volume's key source opens it, up to the volume key. Writes nothing. */
final class Drill {
  private final VolumeSpec volume;
  private final Steps steps;

  Drill(VolumeSpec volume, Steps steps) {
    this.volume = volume;
    this.steps = steps;
  }

  /** Returns the keyslot that opened. */
  int run() throws SecretfsException {
    return new SourceWalk(volume, steps)
        .first((source, secret) ->
            LuksVolumes.withStorage(
                volume.device().path(),
                false,
                storage -> open(Luks2Volume.read(storage), source, secret)));
  }

  private int open(Luks2Volume header, KeySource source, SecretBuffer secret)
      throws IOException, SecretfsException {
    steps.run(Step.CHECK_MANIFEST, () -> new HeaderCheck(volume, source).check(header, secret));
    for (int keyslot : header.keyslots().keySet()) {
      try {
        header.unlock(secret, keyslot).close();
        return keyslot;
      } catch (LuksException.NoKeyslotOpened e) {
        // The next may be it.
      }
    }
    throw new AgentException(
        AgentError.SECRET_DOES_NOT_OPEN,
        "volume %s: the secret from key source '%s' opens no keyslot of %s"
            .formatted(volume.name(), source.kind(), volume.device().path()));
  }
}
