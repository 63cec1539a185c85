package org.secretfs.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.KeySourceException;

/**
 * Tries a volume's key sources in their order, until the secret of one does what it is wanted for.
 *
 * <p>The next is tried only where this one gave no secret, or one that opens nothing. A header that
 * is not vouched for, or a device that fails, is no reason to ask for another secret.
 */
final class SourceWalk {
  private final VolumeSpec volume;
  private final Steps steps;

  SourceWalk(VolumeSpec volume, Steps steps) {
    this.volume = volume;
    this.steps = steps;
  }

  /** What a secret is wanted for. */
  @FunctionalInterface
  interface Use<R extends @Nullable Object> {
    R with(KeySource source, SecretBuffer secret) throws SecretfsException;
  }

  /**
   * Uses the first secret that serves.
   *
   * @throws AgentException.NoSourceOpens if there are several sources and none did; with one source
   *     its own failure
   */
  <R extends @Nullable Object> R first(Use<R> use) throws SecretfsException {
    List<SecretfsException> failures = new ArrayList<>();
    for (KeySource source : volume.keySources()) {
      try {
        return attempts(source, use);
      } catch (SecretfsException e) {
        if (!nextMayServe(e)) {
          throw e;
        }
        failures.add(e);
      }
    }
    throw failures.size() == 1 ? failures.getFirst() : none(failures);
  }

  /** A person may mistype. */
  private <R extends @Nullable Object> R attempts(KeySource source, Use<R> use)
      throws SecretfsException {
    for (int left = source.tries(); ; left--) {
      try (SecretBuffer secret = steps.run(Step.OBTAIN_SECRET, () -> obtain(source))) {
        return use.with(source, secret);
      } catch (AgentException e) {
        if (e.code() != AgentError.SECRET_DOES_NOT_OPEN || left <= 1) {
          throw e;
        }
      }
    }
  }

  private SecretBuffer obtain(KeySource source) throws SecretfsException {
    List<Map<String, Object>> recorded =
        LuksVolumes.withStorage(volume.device().path(), false, LuksVolumes::recordedSources);
    return source.obtain(volume.id(), recorded);
  }

  private static boolean nextMayServe(SecretfsException e) {
    return e instanceof KeySourceException || e.code() == AgentError.SECRET_DOES_NOT_OPEN;
  }

  private AgentException none(List<SecretfsException> failures) {
    StringBuilder message =
        new StringBuilder("volume %s: none of its key sources opens it".formatted(volume.name()));
    for (int i = 0; i < failures.size(); i++) {
      message.append(
          "%n  %d. %s: %s [%s]"
              .formatted(
                  i + 1,
                  volume.keySources().get(i).kind(),
                  failures.get(i).getMessage(),
                  failures.get(i).code().name()));
    }
    return new AgentException.NoSourceOpens(message.toString(), failures);
  }
}
