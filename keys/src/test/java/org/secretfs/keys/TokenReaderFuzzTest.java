package org.secretfs.keys;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whatever JSON a header holds: a source whose facts read back the same, or a refusal. */
class TokenReaderFuzzTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TokenTrust TRUST = TokenTrust.LOCAL_ONLY.withAnyBucket();

  @FuzzTest
  void fromTokenFacts_anyJson_refusesOrReadsBack(byte[] json) throws KeySourceException {
    @Nullable Map<String, Object> facts = parsed(json);
    if (facts == null) {
      return;
    }
    Map<String, Object> once;
    try (KeySource source = read(facts)) {
      once = source.tokenFacts();
    } catch (KeySourceException refused) {
      return;
    }
    try (KeySource again = read(once)) {
      if (!again.tokenFacts().equals(once)) {
        throw new AssertionError(once + " is read back as " + again.tokenFacts());
      }
    }
  }

  private static KeySource read(Map<String, Object> facts) throws KeySourceException {
    return KeySources.fromTokenFacts(facts, TRUST, CallObserver.NONE);
  }

  private static @Nullable Map<String, Object> parsed(byte[] json) {
    try {
      return JSON.readValue(json, new TypeReference<Map<String, Object>>() {});
    } catch (IOException notJson) {
      return null;
    }
  }
}
