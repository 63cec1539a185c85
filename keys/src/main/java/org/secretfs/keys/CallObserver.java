package org.secretfs.keys;

import java.util.Map;
import java.util.Optional;

/**
 * Is told of each finished call to a key management service, before its result is handed out; the
 * agent's audit trail hangs here.
 *
 * <p>Called on the caller's thread. A runtime exception from it withholds the secret: the call
 * fails with that exception.
 */
@FunctionalInterface
public interface CallObserver {
  /** Takes note of nothing. */
  CallObserver NONE = call -> {};

  /** Takes note of a finished call. */
  void finished(Call call);

  /**
   * A finished call.
   *
   * @param volume whose secret it was about
   * @param operation the service's name for it, such as {@code Decrypt}
   * @param keyId the key as configured: an id, ARN or alias
   * @param encryptionContext the context that was sent
   * @param endpoint where it went, such as {@code https://kms.eu-west-1.amazonaws.com}
   * @param requestId the service's id of the request, where it gave one
   * @param failure why it failed; empty where it did not
   */
  record Call(
      VolumeId volume,
      String operation,
      String keyId,
      Map<String, String> encryptionContext,
      String endpoint,
      Optional<String> requestId,
      Optional<KeySourceCode> failure) {
    public Call {
      encryptionContext = Map.copyOf(encryptionContext);
    }
  }
}
