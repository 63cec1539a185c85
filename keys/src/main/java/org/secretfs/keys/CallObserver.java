package org.secretfs.keys;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

    /**
     * What an audit record says of it.
     *
     * @param subject what the volume is called on that trail, such as {@code volume}
     */
    public ObjectNode facts(String subject) {
      ObjectNode facts = JsonNodeFactory.instance.objectNode().put(subject, volume.name());
      facts.put("operation", operation);
      facts.put("keyId", keyId);
      facts.put("endpoint", endpoint);
      ObjectNode context = facts.putObject("encryptionContext");
      encryptionContext.forEach(context::put);
      requestId.ifPresent(id -> facts.put("kmsRequestId", id));
      return facts;
    }
  }
}
