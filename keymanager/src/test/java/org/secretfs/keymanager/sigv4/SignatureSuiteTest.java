package org.secretfs.keymanager.sigv4;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.SharedData;

/** The published cases: canonical request, string to sign and signature, by header and by query. */
class SignatureSuiteTest {
  private static final int CASES = 38;

  @TestFactory
  List<DynamicTest> suite_everyCase_givesThePublishedSignature() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> cases = Files.list(SharedData.find("sigv4"))) {
      for (Path one : cases.filter(Files::isDirectory).sorted().toList()) {
        tests.add(
            DynamicTest.dynamicTest(one.getFileName() + " header", () -> check(one, "header")));
        tests.add(DynamicTest.dynamicTest(one.getFileName() + " query", () -> check(one, "query")));
      }
    }
    assertThat(tests).hasSize(2 * CASES);
    return tests;
  }

  private static void check(Path directory, String form) throws Exception {
    JsonNode context = new ObjectMapper().readTree(directory.resolve("context.json").toFile());
    HttpMessage message = parse(Files.readString(directory.resolve(form + "-signed-request.txt")));
    Claim claim = Claim.of(message);
    String path =
        context.path("normalize").booleanValue()
            ? CanonicalRequest.normalizedPath(message.rawPath())
            : CanonicalRequest.encodedPath(message.rawPath());
    List<HttpMessage.Field> query = new ArrayList<>(claim.query());
    if (context.path("omit_session_token").booleanValue()) {
      query.removeIf(field -> field.name().equals("X-Amz-Security-Token"));
    }
    String canonical =
        CanonicalRequest.of(
            message, path, query, claim.signedHeaders(), Signature.hexSha256(message.body()));
    assertThat(canonical).isEqualTo(file(directory, form + "-canonical-request.txt"));
    String text = Signature.stringToSign(claim.dateTime(), claim.scope(), canonical);
    assertThat(text).isEqualTo(file(directory, form + "-string-to-sign.txt"));
    String secret = context.at("/credentials/secret_access_key").textValue();
    try (SecretBuffer key = SecretBuffer.takeFrom(secret.getBytes(UTF_8));
        SecretBuffer signingKey = Signature.signingKey(key, claim.scope())) {
      assertThat(Signature.sign(signingKey, text))
          .isEqualTo(file(directory, form + "-signature.txt"))
          .isEqualTo(claim.signature());
    }
  }

  private static String file(Path directory, String name) throws IOException {
    return Files.readString(directory.resolve(name)).strip();
  }

  private static HttpMessage parse(String text) {
    int end = text.indexOf("\n\n");
    String head = end < 0 ? text.stripTrailing() : text.substring(0, end);
    String body = end < 0 ? "" : text.substring(end + 2);
    String[] lines = head.split("\n", -1);
    String[] words = lines[0].split(" ", 2);
    String target = words[1].substring(0, words[1].lastIndexOf(" HTTP/"));
    int question = target.indexOf('?');
    List<HttpMessage.Field> headers = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      if (lines[i].startsWith(" ")) {
        HttpMessage.Field last = headers.removeLast();
        headers.add(new HttpMessage.Field(last.name(), last.value() + "\n" + lines[i]));
      } else {
        int colon = lines[i].indexOf(':');
        headers.add(
            HttpMessage.Field.header(lines[i].substring(0, colon), lines[i].substring(colon + 1)));
      }
    }
    return new HttpMessage(
        words[0],
        question < 0 ? target : target.substring(0, question),
        question < 0 ? "" : target.substring(question + 1),
        headers,
        body.getBytes(UTF_8));
  }
}
