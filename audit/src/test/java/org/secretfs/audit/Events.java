package org.secretfs.audit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;
import java.util.List;

/** Records for tests. */
final class Events {
  private Events() {}

  static AuditEvent numbered(long number) {
    return AuditEvent.named("kms.amazonaws.com", "Decrypt")
        .at(Instant.parse("2026-11-21T08:00:00Z"))
        .in("123456789012", "us-east-1")
        .from("127.0.0.1", "test")
        .by(
            AuditIdentity.user(
                "arn:aws:iam::123456789012:user/tester", "123456789012", "AKIATEST", "tester"))
        .asked(JsonNodeFactory.instance.objectNode().put("number", number))
        .touching(
            List.of(
                AuditResource.kmsKey("arn:aws:kms:us-east-1:123456789012:key/k", "123456789012")))
        .requestId("request-" + number)
        .readOnly(true)
        .build();
  }

  static long number(AuditEvent event) {
    var parameters = event.requestParameters();
    return parameters == null ? -1 : parameters.path("number").asLong(-1);
  }
}
