package org.secretfs.keymanager.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;

/** Whatever a policy is: it is refused, or it decides; and nothing else happens. */
class PolicyParserFuzzTest {
  private static final Facts FACTS =
      new Facts().add("aws:username", "alice").add("aws:SourceIp", "10.0.0.1");

  @FuzzTest(maxDuration = "3m")
  void parse_anyBytes_refusesOrDecides(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    for (PolicyDocument.Kind kind : PolicyDocument.Kind.values()) {
      try {
        NamedPolicy policy = new NamedPolicy("fuzzed", PolicyDocument.parse(text, kind));
        Question question =
            new Question(Subject.user("111122223333", "alice"), "kms:Decrypt", "*", FACTS);
        PolicySet set =
            kind == PolicyDocument.Kind.IDENTITY
                ? new PolicySet(null, Origin.Source.KEY_POLICY, List.of(policy), null, List.of())
                : new PolicySet(policy, Origin.Source.KEY_POLICY, List.of(), null, List.of());
        assertThat(set.decide(question, GrantRule.Use.PLAIN)).isNotNull();
      } catch (MalformedPolicy e) {
        assertThat(e.getMessage()).startsWith("policy: ");
      }
    }
  }
}
