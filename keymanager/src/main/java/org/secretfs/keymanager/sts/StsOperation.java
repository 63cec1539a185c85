package org.secretfs.keymanager.sts;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.json.StrictJson;

/** One operation of the STS API. */
interface StsOperation {
  /**
   * A request.
   *
   * @param principal who asks, proven
   * @param form its parameters
   * @param now when it is handled
   * @param asked what the record says was asked; operations add to it
   */
  record Call(Principal principal, Form form, Instant now, ObjectNode asked) {}

  /**
   * An answer.
   *
   * @param result what the client gets
   * @param recorded what the record says was made: no secret, no token
   */
  record Answer(ObjectNode result, ObjectNode recorded) {}

  /** The parameters that it knows. */
  Set<String> parameters();

  /** Does it. */
  Answer run(Call call) throws Refused, IOException;

  /** An empty object. */
  static ObjectNode object() {
    return StrictJson.empty();
  }
}
