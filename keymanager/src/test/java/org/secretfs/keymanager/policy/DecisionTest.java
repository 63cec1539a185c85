package org.secretfs.keymanager.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;
import org.secretfs.keymanager.policy.Origin.Source;

/** How key policies, identity policies, session policies and grants come to one decision. */
class DecisionTest {
  private static final String ACCOUNT = "111122223333";
  private static final String KEY = "arn:aws:kms:us-east-1:111122223333:key/k1";
  private static final Subject ALICE = Subject.user(ACCOUNT, "alice");
  private static final Subject SESSION = Subject.session(ACCOUNT, "ops", "night");

  private static final String ROOT_ALLOWS =
      statement("Allow", "\"AWS\":\"arn:aws:iam::111122223333:root\"", "kms:*", "*");
  private static final String ALICE_ALLOWS =
      statement("Allow", "\"AWS\":\"arn:aws:iam::111122223333:user/alice\"", "kms:Decrypt", "*");
  private static final String BOB_ALLOWS =
      statement("Allow", "\"AWS\":\"arn:aws:iam::111122223333:user/bob\"", "kms:Decrypt", "*");
  private static final String EVERYONE_ALLOWS = statement("Allow", "\"AWS\":\"*\"", "kms:*", "*");
  private static final String ALICE_DENIED =
      statement("Deny", "\"AWS\":\"arn:aws:iam::111122223333:user/alice\"", "kms:*", "*");
  private static final String ROOT_DENIED =
      statement("Deny", "\"AWS\":\"111122223333\"", "kms:Decrypt", "*");
  private static final String OTHERS_DENIED =
      """
      {"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/alice"},
       "Action":"kms:*","Resource":"*"}\
      """;
  private static final String ROLE_ALLOWS =
      statement("Allow", "\"AWS\":\"arn:aws:iam::111122223333:role/ops\"", "kms:Decrypt", "*");
  private static final String THIS_SESSION_ALLOWS =
      statement(
          "Allow",
          "\"AWS\":\"arn:aws:sts::111122223333:assumed-role/ops/night\"",
          "kms:Decrypt",
          "*");
  private static final String MAY = statement("Allow", "", "kms:Decrypt", KEY);
  private static final String MAY_ANY = statement("Allow", "", "*", "*");
  private static final String MAY_OTHER = statement("Allow", "", "kms:Decrypt", KEY + "2");
  private static final String MAY_NOT = statement("Deny", "", "kms:Decrypt", KEY);

  private static String statement(String effect, String principal, String action, String resource) {
    String whom = principal.isEmpty() ? "" : "\"Principal\":{%s},".formatted(principal);
    return "{\"Effect\":\"%s\",%s\"Action\":\"%s\",\"Resource\":\"%s\"}"
        .formatted(effect, whom, action, resource);
  }

  private static NamedPolicy policy(String name, PolicyDocument.Kind kind, String... statements)
      throws MalformedPolicy {
    String json =
        "{\"Version\":\"2012-10-17\",\"Statement\":[%s]}".formatted(String.join(",", statements));
    return new NamedPolicy(name, PolicyDocument.parse(json, kind));
  }

  private static PolicySet set(
      @Nullable String key, @Nullable String identity, @Nullable String session)
      throws MalformedPolicy {
    return new PolicySet(
        key == null ? null : policy("key", PolicyDocument.Kind.KEY, key.split("\n---\n", -1)),
        Source.KEY_POLICY,
        identity == null
            ? List.of()
            : List.of(policy("own", PolicyDocument.Kind.IDENTITY, identity.split("\n---\n", -1))),
        session == null ? null : policy("session", PolicyDocument.Kind.IDENTITY, session),
        List.of());
  }

  private static String and(String... statements) {
    return String.join("\n---\n", statements);
  }

  private static Decision decide(PolicySet set, Subject subject) {
    return set.decide(new Question(subject, "kms:Decrypt", KEY, new Facts()), GrantRule.Use.PLAIN);
  }

  record Case(
      String name,
      Subject subject,
      @Nullable String key,
      @Nullable String identity,
      @Nullable String session,
      String expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("nothing at all", ALICE, ROOT_ALLOWS, null, null, "none IDENTITY_POLICY"),
        new Case("account and identity", ALICE, ROOT_ALLOWS, MAY, null, "IDENTITY_POLICY own"),
        new Case("identity alone", ALICE, BOB_ALLOWS, MAY_ANY, null, "none RESOURCE_POLICY"),
        new Case("key policy alone", ALICE, ALICE_ALLOWS, null, null, "KEY_POLICY key"),
        new Case("everyone", ALICE, EVERYONE_ALLOWS, null, null, "KEY_POLICY key"),
        new Case("another key", ALICE, ROOT_ALLOWS, MAY_OTHER, null, "none IDENTITY_POLICY"),
        new Case(
            "deny in the key policy",
            ALICE,
            and(ALICE_DENIED, ROOT_ALLOWS),
            MAY_ANY,
            null,
            "-KEY_POLICY key"),
        new Case(
            "deny after an allow",
            ALICE,
            and(ALICE_ALLOWS, ALICE_DENIED),
            MAY_ANY,
            null,
            "-KEY_POLICY key"),
        new Case(
            "deny for the account",
            ALICE,
            and(ALICE_ALLOWS, ROOT_DENIED),
            MAY_ANY,
            null,
            "-KEY_POLICY key"),
        new Case(
            "deny in the identity",
            ALICE,
            ALICE_ALLOWS,
            and(MAY_ANY, MAY_NOT),
            null,
            "-IDENTITY_POLICY own"),
        new Case(
            "NotPrincipal spares",
            ALICE,
            and(ALICE_ALLOWS, OTHERS_DENIED),
            null,
            null,
            "KEY_POLICY key"),
        new Case(
            "NotPrincipal hits",
            SESSION,
            and(ROLE_ALLOWS, OTHERS_DENIED),
            null,
            null,
            "-KEY_POLICY key"),
        new Case("role of a session", SESSION, ROLE_ALLOWS, null, null, "KEY_POLICY key"),
        new Case("session policy consents", SESSION, ROLE_ALLOWS, null, MAY, "KEY_POLICY key"),
        new Case(
            "session policy is silent",
            SESSION,
            ROLE_ALLOWS,
            null,
            MAY_OTHER,
            "none SESSION_POLICY"),
        new Case(
            "session policy denies",
            SESSION,
            ROLE_ALLOWS,
            null,
            MAY_NOT,
            "-SESSION_POLICY session"),
        new Case(
            "session named itself",
            SESSION,
            THIS_SESSION_ALLOWS,
            null,
            MAY_OTHER,
            "KEY_POLICY key"),
        new Case(
            "session policy gives nothing",
            SESSION,
            ROOT_ALLOWS,
            null,
            MAY,
            "none IDENTITY_POLICY"),
        new Case(
            "session of role, identity", SESSION, ROOT_ALLOWS, MAY_ANY, MAY, "IDENTITY_POLICY own"),
        new Case(
            "another account",
            Subject.user("999999999999", "alice"),
            ROOT_ALLOWS,
            MAY_ANY,
            null,
            "none RESOURCE_POLICY"),
        new Case("no key", ALICE, null, MAY_ANY, null, "IDENTITY_POLICY own"),
        new Case("no key, nothing", ALICE, null, null, null, "none IDENTITY_POLICY"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void decide_knownCase_isAsKmsDecides(Case given) throws Exception {
    Decision decision = decide(set(given.key, given.identity, given.session), given.subject);
    String told =
        switch (decision) {
          case Decision.Allowed allowed -> allowed.by().source() + " " + allowed.by().policy();
          case Decision.Forbidden forbidden ->
              "-" + forbidden.by().source() + " " + forbidden.by().policy();
          case Decision.NotAllowed not -> "none " + not.missing();
        };
    assertThat(told).isEqualTo(given.expected);
    assertThat(decision.allows()).isEqualTo(!told.startsWith("-") && !told.startsWith("none"));
  }

  @Test
  void decide_namedStatement_isTold() throws Exception {
    String named =
        "{\"Sid\":\"Boot\",\"Effect\":\"Allow\",\"Action\":\"kms:Dec*\",\"Resource\":\"*\"}";
    Decision decision = decide(set(ROOT_ALLOWS, and(MAY_OTHER, named), null), ALICE);
    assertThat(decision)
        .isEqualTo(new Decision.Allowed(new Origin(Source.IDENTITY_POLICY, "own", "Boot")));
    Decision second = decide(set(ROOT_ALLOWS, and(MAY_OTHER, MAY), null), ALICE);
    assertThat(second.toString()).contains("Statement[1]");
  }

  @ParameterizedTest(name = "{0} on {1}: {2}")
  @CsvSource({
    "kms:Decrypt, kms:decrypt, true",
    "kms:*, kms:Decrypt, true",
    "kms:*crypt, kms:ReEncryptFrom, false",
    "kms:ReEncrypt*, kms:ReEncryptFrom, true",
    "kms:GenerateDataKey, kms:GenerateDataKeyWithoutPlaintext, false",
    "sts:*, kms:Decrypt, false",
    "'*', kms:Decrypt, true",
  })
  void action_wildcards_matchWithoutRegardToCase(String pattern, String action, boolean expected)
      throws Exception {
    PolicySet set = set(null, statement("Allow", "", pattern, "*"), null);
    Question question = new Question(ALICE, action, "*", new Facts());
    assertThat(set.decide(question, GrantRule.Use.PLAIN).allows()).isEqualTo(expected);
  }

  private static GrantRule grant(
      String operation, Map<String, String> equal, Map<String, String> subset) {
    return new GrantRule("g1", ALICE.arn(), Set.of(operation, "CreateGrant"), equal, subset);
  }

  private static boolean granted(GrantRule grant, String action, GrantRule.Use use)
      throws MalformedPolicy {
    PolicySet set =
        new PolicySet(
            policy("key", PolicyDocument.Kind.KEY, BOB_ALLOWS),
            Source.KEY_POLICY,
            List.of(),
            null,
            List.of(grant));
    return set.decide(new Question(ALICE, action, KEY, new Facts()), use).allows();
  }

  @Test
  void grant_constraints_boundTheEncryptionContext() throws Exception {
    Map<String, String> a = Map.of("a", "1");
    Map<String, String> ab = Map.of("a", "1", "b", "2");
    GrantRule equal = grant("Decrypt", a, Map.of());
    GrantRule subset = grant("Decrypt", Map.of(), a);
    assertThat(granted(equal, "kms:Decrypt", new GrantRule.Use(a, null))).isTrue();
    assertThat(granted(equal, "kms:Decrypt", new GrantRule.Use(ab, null))).isFalse();
    assertThat(granted(equal, "kms:Decrypt", GrantRule.Use.PLAIN)).isFalse();
    assertThat(granted(subset, "kms:Decrypt", new GrantRule.Use(ab, null))).isTrue();
    assertThat(granted(subset, "kms:Decrypt", new GrantRule.Use(Map.of("a", "2"), null))).isFalse();
    assertThat(granted(subset, "kms:Encrypt", new GrantRule.Use(ab, null))).isFalse();
  }

  @Test
  void grant_passedOn_isNoWider() throws Exception {
    Map<String, String> a = Map.of("a", "1");
    GrantRule has = grant("Decrypt", Map.of(), a);
    GrantRule same = new GrantRule("g2", "x", Set.of("Decrypt"), Map.of(), a);
    GrantRule unbound = new GrantRule("g2", "x", Set.of("Decrypt"), Map.of(), Map.of());
    GrantRule more = new GrantRule("g2", "x", Set.of("Encrypt"), Map.of(), a);
    assertThat(granted(has, "kms:CreateGrant", new GrantRule.Use(Map.of(), same))).isTrue();
    assertThat(granted(has, "kms:CreateGrant", new GrantRule.Use(Map.of(), unbound))).isFalse();
    assertThat(granted(has, "kms:CreateGrant", new GrantRule.Use(Map.of(), more))).isFalse();
    assertThat(granted(has, "kms:CreateGrant", GrantRule.Use.PLAIN)).isFalse();
  }

  static Stream<Long> seeds() {
    return IntStream.range(0, 25).mapToObj(seed -> 5L + seed);
  }

  /** Whatever the policies are: a deny never gives, an allow never takes, order is no matter. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void decide_anyPolicies_keepTheLaws(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 40; i++) {
      List<String> key = some(random, List.of(ROOT_ALLOWS, ALICE_ALLOWS, BOB_ALLOWS, ALICE_DENIED));
      List<String> own = some(random, List.of(MAY, MAY_ANY, MAY_OTHER, MAY_NOT));
      boolean allowed = decide(set(key, own), ALICE).allows();
      assertThat(decide(set(key.reversed(), own.reversed()), ALICE).allows()).isEqualTo(allowed);
      assertThat(decide(set(key, plus(own, MAY_NOT)), ALICE).allows()).isFalse();
      assertThat(decide(set(plus(key, ALICE_DENIED), own), ALICE).allows()).isFalse();
      if (allowed) {
        assertThat(decide(set(plus(key, ALICE_ALLOWS), own), ALICE).allows()).isTrue();
        assertThat(decide(set(key, plus(own, MAY_ANY)), ALICE).allows()).isTrue();
      }
      boolean denies = key.contains(ALICE_DENIED) || own.contains(MAY_NOT);
      boolean grants =
          key.contains(ALICE_ALLOWS)
              || (key.contains(ROOT_ALLOWS) && (own.contains(MAY) || own.contains(MAY_ANY)));
      assertThat(allowed).isEqualTo(!denies && grants);
    }
  }

  private static PolicySet set(List<String> key, List<String> own) throws MalformedPolicy {
    return set(and(key.toArray(new String[0])), and(own.toArray(new String[0])), null);
  }

  private static List<String> plus(List<String> all, String one) {
    List<String> more = new ArrayList<>(all);
    more.add(one);
    return more;
  }

  private static List<String> some(SplittableRandom random, List<String> of) {
    List<String> some = new ArrayList<>();
    for (int count = 1 + random.nextInt(4); count > 0; count--) {
      some.add(of.get(random.nextInt(of.size())));
    }
    return some;
  }
}
