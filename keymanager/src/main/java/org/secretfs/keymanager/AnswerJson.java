package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.kms.Outcome;
import org.secretfs.keymanager.kms.Service;

/** The body of an answer. */
final class AnswerJson {
  private AnswerJson() {}

  static byte[] of(Outcome outcome) {
    if (outcome.refusal().isPresent()) {
      return refusal(outcome.refusal().get());
    }
    ObjectNode answer = outcome.answer();
    return answer == null || answer.isEmpty() ? new byte[0] : Service.json(answer);
  }

  private static byte[] refusal(Refused refusal) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("__type", refusal.error().type());
    if (!refusal.text().isEmpty()) {
      json.put("message", refusal.text());
    }
    return Service.json(json);
  }
}
