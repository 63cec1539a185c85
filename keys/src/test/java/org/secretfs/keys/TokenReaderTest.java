package org.secretfs.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenReaderTest {
  private static final TokenTrust TRUST = TokenTrust.LOCAL_ONLY.withBucket("bucket");

  @TempDir Path folder;

  private static Map<String, Object> place() {
    return new HashMap<>(
        Map.of("store", "s3", "bucket", "bucket", "prefix", "p/", "name", "secret"));
  }

  private static Map<String, Object> facts() {
    Map<String, Object> facts = new HashMap<>();
    facts.put("kind", "kms");
    facts.put("key_id", "alias/key");
    facts.put("region", "eu-west-1");
    facts.put("encryption_context", Map.of("volume", "v"));
    facts.put("wrapped_secret", place());
    return facts;
  }

  private static Map<String, Object> with(String member, Object value) {
    Map<String, Object> facts = facts();
    facts.put(member, value);
    return facts;
  }

  private static Map<String, Object> withPlace(String member, Object value) {
    Map<String, Object> place = place();
    place.put(member, value);
    return with("wrapped_secret", place);
  }

  private static Map<String, Object> without(String member) {
    Map<String, Object> facts = facts();
    facts.remove(member);
    return facts;
  }

  private static KeySource read(Map<String, Object> facts, TokenTrust trust)
      throws KeySourceException {
    return KeySources.fromTokenFacts(facts, trust, CallObserver.NONE);
  }

  @Test
  void fromTokenFacts_good_givesTheFactsBack() throws Exception {
    try (KeySource source = read(facts(), TRUST)) {
      assertThat(source.kind()).isEqualTo("kms");
      assertThat(source.tokenFacts()).isEqualTo(facts());
    }
  }

  static Stream<Map<String, Object>> hostile() {
    Map<String, Object> manyPairs = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      manyPairs.put("k" + i, "v");
    }
    return Stream.of(
        Map.of(),
        without("kind"),
        without("key_id"),
        without("encryption_context"),
        without("wrapped_secret"),
        with("kind", "other"),
        with("kind", 7),
        with("key_id", ""),
        with("key_id", "x".repeat(5000)),
        with("key_id", "alias/a b"),
        with("region", "x.evil.example#"),
        with("region", List.of("eu-west-1")),
        with("endpoint", "not a uri"),
        with("endpoint", "ftp://127.0.0.1"),
        with("endpoint", "http://user:pw@127.0.0.1"),
        with("endpoint", "http://127.0.0.1/path"),
        with("endpoint", "http://"),
        with("encryption_context", "text"),
        with("encryption_context", Map.of("a", 1)),
        with("encryption_context", Map.of("", "1")),
        with("encryption_context", Map.of("a", Map.of())),
        with("encryption_context", Map.of(7, "a")),
        with("encryption_context", manyPairs),
        with("surprise", "x"),
        with("wrapped_secret", "x"),
        withPlace("store", "ftp"),
        withPlace("surprise", "x"),
        withPlace("bucket", "../x"),
        withPlace("bucket", "arn:aws:s3:eu-west-1:123456789012:accesspoint/x"),
        withPlace("name", ""),
        withPlace("name", "a\nb"),
        withPlace("prefix", "x".repeat(600)),
        withPlace("expected_bucket_owner", "me"),
        with("wrapped_secret", Map.of("store", "directory", "path", "relative", "name", "n")),
        with("wrapped_secret", Map.of("store", "directory", "path", "/a/../b", "name", "n")),
        with("wrapped_secret", Map.of("store", "directory", "path", "/a\0b", "name", "n")));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void fromTokenFacts_hostile_isMalformed(Map<String, Object> facts) {
    assertThatThrownBy(() -> read(facts, TRUST))
        .isInstanceOf(KeySourceException.Malformed.class)
        .extracting(Throwable::getMessage)
        .satisfies(text -> assertThat(text.toString()).hasSizeLessThan(1000));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://kms.evil.example",
        "http://169.254.169.254",
        "http://127.0.0.1.evil.example",
        "http://127.evil.example",
        "http://localhost.evil.example",
        "http://[::2]",
        "http://2130706433",
        "http://0.0.0.0",
      })
  void fromTokenFacts_endpointElsewhere_isNotTrusted(String endpoint) {
    assertNotTrusted(with("endpoint", endpoint), TRUST);
    assertNotTrusted(withPlace("endpoint", endpoint), TRUST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:8080", "http://[::1]:1", "https://localhost"})
  void fromTokenFacts_endpointOnLoopback_isTrusted(String endpoint) throws Exception {
    read(with("endpoint", endpoint), TRUST).close();
    read(withPlace("endpoint", endpoint), TRUST).close();
  }

  @Test
  void fromTokenFacts_endpointAllowed_isTrustedExactly() throws Exception {
    TokenTrust trust = TRUST.withEndpoint(URI.create("https://kms.example.org"));
    read(with("endpoint", "https://kms.example.org:443"), trust).close();
    assertNotTrusted(with("endpoint", "http://kms.example.org"), trust);
    assertNotTrusted(with("endpoint", "https://kms.example.org:8443"), trust);
  }

  @Test
  void fromTokenFacts_otherBucket_isNotTrustedUnlessAllAre() throws Exception {
    assertNotTrusted(withPlace("bucket", "other-bucket"), TRUST);
    read(withPlace("bucket", "other-bucket"), TRUST.withAnyBucket()).close();
  }

  @Test
  void fromTokenFacts_directoryOfOurs_isTrusted() throws Exception {
    read(inDirectory(folder), TRUST).close();
  }

  @Test
  void fromTokenFacts_directoryThatOthersWrite_isNotTrusted() throws Exception {
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwx---"));
    assertNotTrusted(inDirectory(open), TRUST);
    assertNotTrusted(inDirectory(folder.resolve("missing")), TRUST);
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    assertNotTrusted(inDirectory(link), TRUST);
  }

  private static Map<String, Object> inDirectory(Path path) {
    return with(
        "wrapped_secret", Map.of("store", "directory", "path", path.toString(), "name", "secret"));
  }

  private static void assertNotTrusted(Map<String, Object> facts, TokenTrust trust) {
    assertThatThrownBy(() -> read(facts, trust))
        .isInstanceOf(KeySourceException.Misconfigured.class)
        .extracting(e -> ((KeySourceException) e).code())
        .isEqualTo(KeySourceCode.TOKEN_NOT_TRUSTED);
  }
}
