package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** Hostile tokens: a token that is accepted survives the way through its own JSON. */
class TokenFuzzTest {
  @FuzzTest
  void parse_anyBytes_isATokenOrRefused(byte[] bytes) throws LuksException {
    Token token;
    try {
      token = Token.parse(new String(bytes, StandardCharsets.UTF_8));
    } catch (LuksException.TokenInvalid e) {
      assertThat(e).hasMessageNotContaining("\n");
      return;
    }
    assertThat(Token.parse(token.toJson())).isEqualTo(token);
    asSecretfs(token);
  }

  private static void asSecretfs(Token token) throws LuksException {
    SecretfsToken typed;
    try {
      typed = token.asSecretfs().orElse(null);
    } catch (LuksException.TokenInvalid e) {
      return;
    }
    if (typed != null) {
      assertThat(typed.volume()).isNotEmpty();
      assertThat(typed.keySource()).containsKey("kind");
      assertThat(typed.toToken()).isEqualTo(token);
    }
  }
}
