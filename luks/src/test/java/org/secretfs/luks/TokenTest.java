package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.luks.SecretfsToken.Filesystem;

/** Tokens of any type, and those of this product. */
class TokenTest {
  private static final String HEAD =
      "{\"type\":\"secretfs\",\"keyslots\":[\"0\"],\"version\":1,\"volume\":\"data\",";

  private static final Map<String, Object> KMS =
      Map.of(
          "kind",
          "kms",
          "key_id",
          "alias/k",
          "encryption_context",
          Map.of("volume", "data"),
          "wrapped",
          Map.of("s3", Map.of("bucket", "b", "key", "k")));

  @Test
  void of_kmsSource_survivesTheWayThroughJson() throws Exception {
    SecretfsToken token =
        SecretfsToken.of(Set.of(0), "data", KMS)
            .withFilesystem(new Filesystem("ext4", Filesystem.State.PENDING));
    SecretfsToken read = Token.parse(token.toToken().toJson()).asSecretfs().orElseThrow();
    assertThat(read.keySource()).isEqualTo(KMS);
    assertThat(read.volume()).isEqualTo("data");
    assertThat(read.keyslots()).containsExactly(0);
    assertThat(read.filesystem()).hasValue(new Filesystem("ext4", Filesystem.State.PENDING));
  }

  @Test
  void withFilesystem_keepsFieldsItDoesNotKnow() throws Exception {
    String json =
        HEAD
            + "\"key_source\":{\"kind\":\"kms\"},\"later\":[1],"
            + "\"filesystem\":{\"type\":\"ext4\",\"state\":\"pending\",\"more\":true}}";
    SecretfsToken token = Token.parse(json).asSecretfs().orElseThrow();
    String changed =
        token.withFilesystem(new Filesystem("ext4", Filesystem.State.MADE)).toToken().toJson();
    assertThat(changed).contains("\"later\":[1]").contains("\"more\":true").contains("\"made\"");
    assertThat(token.filesystem().orElseThrow().state()).isEqualTo(Filesystem.State.PENDING);
  }

  @Test
  void asSecretfs_otherType_isEmpty() throws Exception {
    assertThat(TestVolumes.token("systemd-tpm2").asSecretfs()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{\"type\":\"x\"}",
        "{\"keyslots\":[]}",
        "{\"type\":1,\"keyslots\":[]}",
        "{\"type\":\"x\",\"keyslots\":[0]}",
        "{\"type\":\"x\",\"keyslots\":[\"-1\"]}",
        "{\"type\":\"x\",\"keyslots\":[\"01\"]}",
        "{\"type\":\"x\",\"keyslots\":[\"1\",\"1\"]}",
        "{\"type\":\"x\",\"type\":\"x\",\"keyslots\":[]}",
        "{\"type\":\"x\",\"keyslots\":[]}{}",
        "{\"type\":\"x\",\"keyslots\":[]",
      })
  void parse_malformed_isRefused(String json) {
    assertThatThrownBy(() -> Token.parse(json)).isInstanceOf(LuksException.TokenInvalid.class);
  }

  @Test
  void parse_tooLarge_isRefused() {
    String json = "{\"type\":\"x\",\"keyslots\":[],\"y\":\"%s\"}".formatted("y".repeat(1 << 16));
    assertThatThrownBy(() -> Token.parse(json))
        .isInstanceOf(LuksException.TokenInvalid.class)
        .hasMessageContaining("65536");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"key_source\":{}",
        "\"key_source\":{\"kind\":\"\"}",
        "\"key_source\":{\"kind\":1}",
        "\"key_source\":\"kms\"",
        "\"key_source\":{\"kind\":\"kms\",\"n\":1}",
        "\"key_source\":{\"kind\":\"kms\",\"n\":[]}",
        "\"key_source\":{\"kind\":\"kms\",\"n\":null}",
        "\"key_source\":{\"kind\":\"k\",\"a\":{\"a\":{\"a\":{\"a\":{\"a\":\"5\"}}}}}",
        "\"key_source\":{\"kind\":\"k\"},\"filesystem\":{\"type\":\"ext4\"}",
        "\"key_source\":{\"kind\":\"k\"},\"filesystem\":{\"type\":\"ext4\",\"state\":\"x\"}",
        "\"key_source\":{\"kind\":\"k\"},\"filesystem\":{\"type\":\"\",\"state\":\"made\"}",
        "\"key_source\":{\"kind\":\"k\"},\"filesystem\":[]",
      })
  void asSecretfs_fieldOutOfBounds_isRefused(String fields) throws Exception {
    Token token = Token.parse(HEAD + fields + "}");
    assertThatThrownBy(token::asSecretfs).isInstanceOf(LuksException.TokenInvalid.class);
  }

  @Test
  void asSecretfs_laterVersion_isRefused() throws Exception {
    Token token =
        Token.parse(
            HEAD.replace("\"version\":1", "\"version\":2") + "\"key_source\":{\"kind\":\"k\"}}");
    assertThatThrownBy(token::asSecretfs)
        .isInstanceOf(LuksException.TokenInvalid.class)
        .hasMessageContaining("version");
  }

  @Test
  void of_volumeNameEmptyOrLong_isRefused() {
    for (String name : new String[] {"", "x".repeat(129)}) {
      assertThatThrownBy(() -> SecretfsToken.of(Set.of(0), name, KMS))
          .isInstanceOf(LuksException.TokenInvalid.class)
          .hasMessageContaining("volume");
    }
  }

  @Test
  void of_keySourceWithOtherValues_isRefused() {
    assertThatThrownBy(() -> SecretfsToken.of(Set.of(0), "v", Map.of("kind", "k", "n", 1)))
        .isInstanceOf(LuksException.TokenInvalid.class)
        .hasMessageContaining("\"n\"");
  }

  @Test
  void of_tooManyEntries_isRefused() {
    Map<String, String> many = new java.util.HashMap<>(Map.of("kind", "k"));
    for (int i = 0; i < 64; i++) {
      many.put("n" + i, "v");
    }
    assertThatThrownBy(() -> SecretfsToken.of(Set.of(0), "v", many))
        .isInstanceOf(LuksException.TokenInvalid.class)
        .hasMessageContaining("64");
  }
}
