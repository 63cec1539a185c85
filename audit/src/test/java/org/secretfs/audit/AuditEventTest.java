package org.secretfs.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AuditEventTest {
  @Test
  void toJson_success_hasCloudTrailsFields() throws Exception {
    var json = new ObjectMapper().readTree(Events.numbered(7).toJson());
    assertThat(json.path("eventVersion").textValue()).isEqualTo("1.11");
    assertThat(json.path("eventTime").textValue()).isEqualTo("2026-11-21T08:00:00Z");
    assertThat(json.at("/userIdentity/type").textValue()).isEqualTo("IAMUser");
    assertThat(json.at("/resources/0/type").textValue()).isEqualTo("AWS::KMS::Key");
    assertThat(json.path("responseElements").isNull()).isTrue();
    assertThat(json.has("errorCode")).isFalse();
    assertThat(json.path("eventCategory").textValue()).isEqualTo("Management");
    assertThat(json.path("readOnly").booleanValue()).isTrue();
  }

  @Test
  void fromJson_everyFieldSet_givesTheSameEvent() throws Exception {
    AuditEvent event =
        AuditEvent.named("kms.amazonaws.com", "Decrypt")
            .at(Instant.parse("2026-11-21T08:00:00Z"))
            .in("123456789012", "eu-central-1")
            .from("10.0.0.1", "agent \"quoted\" \u1234")
            .refused("AccessDeniedException", "no")
            .noting(JsonNodeFactory.instance.objectNode().put("a", 1))
            .answered(JsonNodeFactory.instance.objectNode().put("b", 2))
            .by(AuditIdentity.unknown("AKIACLAIMED"))
            .over(new AuditTls("TLSv1.3", "TLS_AES_256_GCM_SHA384", "kms.example"))
            .requestId("r")
            .build();
    assertThat(AuditEvent.fromJson(event.toJson())).isEqualTo(event);
  }

  @Test
  void fromJson_anotherVersion_isRefused() {
    byte[] json =
        new String(Events.numbered(1).toJson(), StandardCharsets.UTF_8)
            .replace("1.11", "9.99")
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> AuditEvent.fromJson(json))
        .isInstanceOf(AuditException.MalformedLine.class)
        .hasMessageContaining("eventVersion");
  }

  @Test
  void requestParameters_changedByTheCaller_leavesTheEventAsItWas() {
    ObjectNode parameters = JsonNodeFactory.instance.objectNode().put("number", 1);
    AuditEvent event = AuditEvent.named("s", "n").asked(parameters).build();
    parameters.put("number", 2);
    ObjectNode given = event.requestParameters();
    if (given != null) {
      given.put("number", 3);
    }
    assertThat(Events.number(event)).isEqualTo(1);
  }
}
