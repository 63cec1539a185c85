package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.json.StrictJson;

/** Reads the body of a request: one JSON object, or nothing for an empty one. */
final class RequestJson {
  private RequestJson() {}

  static ObjectNode parse(byte[] body) throws Refused {
    if (body.length == 0) {
      return StrictJson.empty();
    }
    return StrictJson.object(body)
        .orElseThrow(() ->
            new Refused(KmsErrorCode.SERIALIZATION, "Request body is not one valid JSON object"));
  }
}
