package org.secretfs.keys;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing secret is logged at any level, by us, the AWS library or the JDK. */
class SecrecyTest {
  private static final VolumeId VOLUME = new VolumeId("scratch");
  private static final byte[] SECRET = "not-to-be-seen-0123456789-abcdef".getBytes(UTF_8);
  private static final String SESSION_TOKEN = "session-token-not-to-be-seen";
  private static final String BASE64 = Base64.getEncoder().encodeToString(SECRET);
  private static final FakeAws.Reply MADE =
      FakeAws.json(200, "{\"Plaintext\":\"%s\",\"CiphertextBlob\":\"d3JhcA==\"}".formatted(BASE64));

  @TempDir Path folder;

  @BeforeEach
  void setCredentials() {
    AwsCredentials.setInSystemProperties();
    System.setProperty("aws.sessionToken", SESSION_TOKEN);
  }

  @AfterEach
  void clearToken() {
    System.clearProperty("aws.sessionToken");
  }

  @Test
  void createAndObtain_everythingLogged_holdsNoSecret() throws Exception {
    try (LogCapture log = new LogCapture();
        FakeAws aws = new FakeAws(MADE);
        KeySource source = source(aws)) {
      assertThat(Secrets.taken(source.create(VOLUME))).isEqualTo(SECRET);
      assertThat(Secrets.taken(source.obtain(VOLUME))).isEqualTo(SECRET);
      assertThat(log.text()).contains("software.amazon.awssdk");
      assertThat(log.jdkText()).contains("POST / HTTP/1.1");
      assertHoldsNoSecret(log.text());
      assertHoldsNoSecret(log.jdkText());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Plaintext\":\"SECRET\",\"X\":SECRET",
        "{\"Plaintext\":SECRET}",
        "{\"Plaintext\":\"SECRET",
        "{\"Plaintext\":[\"SECRET\"]}",
        "{\"Plaintext\":{\"SECRET\":1}}",
        "{\"Plaintext\":\"!SECRET\"}",
        "{\"Plaintext\":\"SECRET\"}SECRET",
        "{\"KeyId\":[\"SECRET\"],\"Plaintext\":\"\"}",
        "SECRET",
        "[\"SECRET\"]",
      })
  void obtain_answerWithTheSecretIsBroken_holdsNoSecret(String body) throws Exception {
    FakeAws.Reply broken = FakeAws.json(200, body.replace("SECRET", BASE64));
    try (LogCapture log = new LogCapture();
        FakeAws aws = new FakeAws(MADE, broken);
        KeySource source = source(aws)) {
      source.create(VOLUME).close();
      Throwable failure = catchThrowable(() -> source.obtain(VOLUME));
      assertThat(failure).isInstanceOf(KeySourceException.Malformed.class);
      assertHoldsNoSecret(LogCapture.stackTrace(failure));
      assertHoldsNoSecret(log.text());
    }
  }

  private KeySource source(FakeAws aws) {
    return new KmsKeySource(
        aws.kms(CallLimits.DEFAULT), new DirectoryStore(folder), "secret", CallObserver.NONE);
  }

  private static void assertHoldsNoSecret(String text) {
    List<String> forms =
        List.of(
            new String(SECRET, UTF_8),
            BASE64.substring(0, 12),
            HexFormat.of().formatHex(SECRET),
            AwsCredentials.SECRET_ACCESS_KEY);
    assertThat(text).isNotEmpty();
    forms.forEach(form -> assertThat(text).doesNotContainIgnoringCase(form));
  }
}
