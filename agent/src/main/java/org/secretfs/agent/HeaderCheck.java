package org.secretfs.agent;

import java.io.IOException;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.KeySource;
import org.secretfs.luks.AuthenticHeader;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.ManifestRule;

/** Decides whether a header may be used to open a volume that nobody looks at. */
final class HeaderCheck {
  private final VolumeSpec volume;
  private final KeySource source;

  /**
   * @param source where the secret comes from, for messages
   */
  HeaderCheck(VolumeSpec volume, KeySource source) {
    this.volume = volume;
    this.source = source;
  }

  /**
   * Compares the header with its manifest, as the owner's rule asks.
   *
   * @return what the manifest vouches for; empty where the rule lets a header pass unchecked
   */
  Optional<AuthenticHeader> check(Luks2Volume header, SecretBuffer secret)
      throws SecretfsException {
    ManifestRule.Mode mode = volume.manifest().mode();
    if (mode == ManifestRule.Mode.OFF) {
      return Optional.empty();
    }
    try {
      return Optional.of(authenticate(header, secret));
    } catch (LuksException.ManifestMissing e) {
      if (mode == ManifestRule.Mode.OPTIONAL) {
        return Optional.empty();
      }
      throw failure(AgentError.MANIFEST_MISSING, e);
    }
  }

  /** Compares the device's header with its manifest, which must be there. */
  AuthenticHeader require(SecretBuffer secret) throws SecretfsException {
    return LuksVolumes.withStorage(
        volume.device().path(),
        false,
        storage -> {
          try {
            return authenticate(Luks2Volume.read(storage), secret);
          } catch (LuksException.ManifestMissing e) {
            throw failure(AgentError.MANIFEST_MISSING, e);
          }
        });
  }

  private AuthenticHeader authenticate(Luks2Volume header, SecretBuffer secret)
      throws SecretfsException {
    try {
      return header.authenticate(secret, volume.name(), volume.manifest().leastEpoch());
    } catch (LuksException.ManifestBroken e) {
      throw opensNothing(header, secret)
          ? otherSecret(e)
          : failure(AgentError.HEADER_NOT_AUTHENTIC, e);
    } catch (LuksException.HeaderNotVouchedFor e) {
      throw failure(AgentError.HEADER_NOT_AUTHENTIC, e);
    }
  }

  /** For the message only: with a secret that is not this volume's, the header is not to blame. */
  private static boolean opensNothing(Luks2Volume header, SecretBuffer secret) {
    try {
      header.unlock(secret).close();
      return false;
    } catch (LuksException.NoKeyslotOpened e) {
      return true;
    } catch (IOException | LuksException e) {
      return false;
    }
  }

  private AgentException otherSecret(LuksException e) {
    return new AgentException(
        AgentError.SECRET_DOES_NOT_OPEN,
        "volume %s: the secret from key source '%s' opens no keyslot of %s and made no manifest there"
            .formatted(volume.name(), source.kind(), volume.device().path()),
        e);
  }

  private AgentException failure(AgentError code, LuksException e) {
    return new AgentException(
        code,
        "volume %s: %s is not to be trusted: %s"
            .formatted(volume.name(), volume.device().path(), e.getMessage()),
        e);
  }
}
