package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.keymanager.sigv4.SignedClient;
import org.secretfs.keymanager.sigv4.SignedClient.Answer;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CloudTrailApiTest {
  private TestServer server;
  private SignedClient admin;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    server = TestServer.start(temporary);
    admin = server.admin();
  }

  @AfterAll
  void stop() {
    admin.close();
    server.close();
  }

  /** Asks again when it was too often. */
  private Answer lookup(String json) throws Exception {
    Answer answer = admin.cloudTrail("LookupEvents", json);
    while (answer.type().equals("ThrottlingException")) {
      Thread.sleep(200);
      answer = admin.cloudTrail("LookupEvents", json);
    }
    return answer;
  }

  @Test
  void lookupEvents_pages_giveEachEventOnceNewestFirst() throws Exception {
    for (int i = 0; i < 5; i++) {
      admin.call("CreateKey", "{}");
    }
    String attribute =
        "\"LookupAttributes\":[{\"AttributeKey\":\"EventName\",\"AttributeValue\":\"CreateKey\"}],"
            + "\"MaxResults\":2";
    List<String> ids = new ArrayList<>();
    JsonNode page = lookup("{" + attribute + "}").json();
    while (true) {
      page.path("Events").forEach(event -> ids.add(event.path("EventId").asText()));
      if (!page.has("NextToken")) {
        break;
      }
      String token = ",\"NextToken\":\"" + page.path("NextToken").asText() + "\"";
      assertThat(lookup("{\"MaxResults\":1" + token + "}").type())
          .as("the token of another search")
          .isEqualTo("InvalidNextTokenException");
      page = lookup("{" + attribute + token + "}").json();
    }
    assertThat(ids).hasSize(5).doesNotHaveDuplicates();
  }

  @Test
  void lookupEvents_wrongRequests_areRefused() throws Exception {
    assertThat(lookup("{\"StartTime\":2,\"EndTime\":1}").type())
        .isEqualTo("InvalidTimeRangeException");
    assertThat(lookup("{\"MaxResults\":51}").type()).isEqualTo("InvalidMaxResultsException");
    assertThat(lookup("{\"NextToken\":\"AAAA\"}").type()).isEqualTo("InvalidNextTokenException");
    assertThat(
            lookup(
                    "{\"LookupAttributes\":[{\"AttributeKey\":\"Color\",\"AttributeValue\":\"red\"}]}")
                .type())
        .isEqualTo("InvalidLookupAttributesException");
    assertThat(lookup("{\"StartTime\":1,\"EndTime\":2}").json().path("Events")).isEmpty();
    assertThat(lookup("{\"EventCategory\":\"insight\"}").type()).isEqualTo("ValidationException");
  }

  @Test
  void lookupEvents_tooOften_isThrottled() throws Exception {
    List<String> types = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      types.add(admin.cloudTrail("LookupEvents", "{\"MaxResults\":1}").type());
    }
    assertThat(types).contains("ThrottlingException");
  }

  @Test
  void operations_principalWithoutPermission_areDenied() throws Exception {
    try (SignedClient mallory = server.user("mallory", "KeyUser")) {
      for (String operation :
          List.of("DescribeTrails", "GetTrailStatus", "ListPublicKeys", "LookupEvents")) {
        assertThat(mallory.cloudTrail(operation, "{}").type())
            .as(operation)
            .isEqualTo("AccessDeniedException");
      }
    }
    assertThat(admin.cloudTrail("DeleteTrail", "{}").type()).isEqualTo("UnknownOperationException");
  }

  @Test
  void operations_withoutATrail_tellOfNone() throws Exception {
    assertThat(admin.cloudTrail("DescribeTrails", "{}").json().path("trailList")).isEmpty();
    assertThat(admin.cloudTrail("ListPublicKeys", "{}").json().path("PublicKeyList")).isEmpty();
    assertThat(admin.cloudTrail("GetTrailStatus", "{\"Name\":\"x\"}").type())
        .isEqualTo("TrailNotFoundException");
  }
}
