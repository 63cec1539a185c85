package org.secretfs.keymanager.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;

/** Condition operators, wildcards and variables, each on one key {@code t:key}. */
class ConditionTest {
  private static final Subject ALICE = Subject.user("111122223333", "alice");

  private static boolean holds(String operator, String values, Facts facts, Effect effect)
      throws MalformedPolicy {
    String document =
        """
        {"Version":"2012-10-17","Statement":{"Effect":"%s","Action":"*","Resource":"*",
          "Condition":{"%s":{"t:key":%s}}}}\
        """
            .formatted(effect, operator, values);
    PolicyDocument policy = PolicyDocument.parse(document, PolicyDocument.Kind.IDENTITY);
    Question question = new Question(ALICE, "kms:Decrypt", "*", facts);
    return policy.first(question, effect, Principals.Relation.DIRECT).isPresent();
  }

  private static Facts fact(String... values) {
    return new Facts().addAll("T:Key", List.of(values));
  }

  @ParameterizedTest(name = "{0} {1} on {2}: {3}")
  @CsvSource(
      quoteCharacter = '\'',
      value = {
        "StringEquals, '\"a\"', a, true",
        "StringEquals, '\"a\"', A, false",
        "StringEquals, '[\"b\",\"a\"]', a, true",
        "StringEquals, '\"a*\"', ab, false",
        "StringEquals, '\"a*\"', a*, true",
        "StringNotEquals, '\"a\"', a, false",
        "StringNotEquals, '[\"a\",\"b\"]', c, true",
        "StringNotEquals, '[\"a\",\"b\"]', b, false",
        "StringEqualsIgnoreCase, '\"aB\"', Ab, true",
        "StringNotEqualsIgnoreCase, '\"aB\"', Ab, false",
        "StringLike, '\"a*c\"', abbbc, true",
        "StringLike, '\"a?c\"', abbc, false",
        "StringLike, '\"a?c\"', abc, true",
        "StringLike, '\"${*}\"', '*', true",
        "StringLike, '\"${*}\"', x, false",
        "StringNotLike, '\"a*\"', abc, false",
        "NumericEquals, '\"10\"', 10.0, true",
        "NumericEquals, 10, 11, false",
        "NumericNotEquals, 10, 11, true",
        "NumericLessThan, 300, 299, true",
        "NumericLessThan, 300, 300, false",
        "NumericLessThanEquals, 300, 300, true",
        "NumericGreaterThan, 300, 301, true",
        "NumericGreaterThan, 300, abc, false",
        "NumericGreaterThanEquals, -5, -5, true",
        "DateEquals, '\"2026-11-21T00:00:00Z\"', 2026-11-21, true",
        "DateLessThan, '\"2026-11-21T12:00:00Z\"', 2026-11-21T13:00:00+02:00, true",
        "DateLessThan, '\"2026-11-21T12:00:00Z\"', 2026-11-21T12:00:00Z, false",
        "DateLessThanEquals, '\"2026-11-21T12:00:00Z\"', 2026-11-21T12:00:00Z, true",
        "DateGreaterThan, '\"0\"', 2026-11-21T12:00:00Z, true",
        "DateGreaterThanEquals, '\"2026-11-22\"', 2026-11-21T23:59:59Z, false",
        "DateNotEquals, '\"2026-11-22\"', 2026-11-21T23:59:59Z, true",
        "Bool, '\"true\"', true, true",
        "Bool, true, TRUE, true",
        "Bool, '\"false\"', true, false",
        "BinaryEquals, '\"AAEC\"', AAEC, true",
        "BinaryEquals, '\"AAEC\"', AAED, false",
        "BinaryEquals, '\"AAEC\"', '%%', false",
        "IpAddress, '\"10.0.0.0/8\"', 10.255.0.1, true",
        "IpAddress, '\"10.0.0.0/8\"', 11.0.0.1, false",
        "IpAddress, '\"10.1.2.3\"', 10.1.2.3, true",
        "IpAddress, '\"10.1.2.128/25\"', 10.1.2.127, false",
        "IpAddress, '\"2001:db8::/32\"', 2001:db8:ffff::1, true",
        "IpAddress, '\"0.0.0.0/0\"', 2001:db8::1, false",
        "IpAddress, '\"0.0.0.0/0\"', localhost, false",
        "NotIpAddress, '\"10.0.0.0/8\"', 10.0.0.1, false",
        "NotIpAddress, '\"10.0.0.0/8\"', 192.168.0.1, true",
        "ArnLike, '\"arn:aws:iam::*:role/ops-*\"', arn:aws:iam::111122223333:role/ops-1, true",
        "ArnEquals, '\"arn:aws:iam::*:role/ops-*\"', arn:aws:iam::111122223333:role/ops-1, true",
        "ArnLike, '\"arn:aws:iam::*\"', arn:aws:iam::111122223333:role/ops-1, false",
        "ArnLike, '\"arn:*:iam::1:role/x\"', arn:aws:s3:iam::1:role/x, false",
        "ArnNotLike, '\"arn:aws:iam::*:role/ops-*\"', arn:aws:iam::1:role/dev, true",
        "ArnNotEquals, '\"arn:aws:iam::1:role/dev\"', arn:aws:iam::1:role/dev, false",
        "'Null', true, a, false",
        "'Null', '\"false\"', a, true",
      })
  void holds_oneValue_comparesAsIamDoes(
      String operator, String values, String actual, boolean expected) throws Exception {
    assertThat(holds(operator, values, fact(actual), Effect.Allow)).isEqualTo(expected);
    assertThat(holds(operator, values, fact(actual), Effect.Deny)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} without the key: {1}")
  @CsvSource({
    "StringEquals, false",
    "StringNotEquals, true",
    "StringEqualsIfExists, true",
    "StringNotEqualsIfExists, true",
    "ForAllValues:StringEquals, true",
    "ForAnyValue:StringEquals, false",
    "ForAnyValue:StringNotEquals, false",
    "ForAnyValue:StringEqualsIfExists, true",
  })
  void holds_keyAbsent_isAsIamSays(String operator, boolean expected) throws Exception {
    assertThat(holds(operator, "\"true\"", new Facts(), Effect.Allow)).isEqualTo(expected);
  }

  @Test
  void holds_nullAndKeyAbsent_isTrueForTrue() throws Exception {
    assertThat(holds("Null", "true", new Facts(), Effect.Allow)).isTrue();
    assertThat(holds("Null", "false", new Facts(), Effect.Allow)).isFalse();
  }

  @ParameterizedTest(name = "{0} {1} on {2}: {3}")
  @CsvSource(
      quoteCharacter = '\'',
      value = {
        "ForAllValues:StringEquals, '[\"a\",\"b\"]', a|b, true",
        "ForAllValues:StringEquals, '[\"a\",\"b\"]', a|c, false",
        "ForAnyValue:StringEquals, '[\"a\",\"b\"]', a|c, true",
        "ForAnyValue:StringEquals, '[\"a\",\"b\"]', c|d, false",
        "ForAllValues:StringNotEquals, '[\"a\",\"b\"]', c|d, true",
        "ForAllValues:StringNotEquals, '[\"a\",\"b\"]', a|d, false",
        "ForAnyValue:StringNotEquals, '[\"a\",\"b\"]', a|d, true",
        "ForAllValues:StringLike, '\"a*\"', ab|ac, true",
      })
  void holds_severalValues_quantifierDecides(
      String operator, String values, String actual, boolean expected) throws Exception {
    Facts facts = fact(actual.split("\\|", -1));
    assertThat(holds(operator, values, facts, Effect.Allow)).isEqualTo(expected);
  }

  @Test
  void holds_severalValuesWithoutQuantifier_givesLess() throws Exception {
    assertThat(holds("StringEquals", "\"a\"", fact("a", "b"), Effect.Allow)).isFalse();
    assertThat(holds("StringEquals", "\"a\"", fact("a", "b"), Effect.Deny)).isTrue();
  }

  @Test
  void holds_variable_isItsValueAndNeverAWildcard() throws Exception {
    Facts facts = fact("home/alice").add("aws:username", "alice");
    assertThat(holds("StringLike", "\"home/${aws:username}\"", facts, Effect.Allow)).isTrue();
    Facts star = fact("home/alice").add("aws:username", "*");
    assertThat(holds("StringLike", "\"home/${aws:username}\"", star, Effect.Allow)).isFalse();
    Facts colon = fact("arn:aws:iam::1:user/x").add("aws:username", "iam::1");
    assertThat(holds("ArnLike", "\"arn:aws:${aws:username}:user/x\"", colon, Effect.Allow))
        .isFalse();
  }

  @Test
  void holds_variableWithoutValue_givesLess() throws Exception {
    String value = "\"${aws:PrincipalTag/team}\"";
    assertThat(holds("StringEquals", value, fact("a"), Effect.Allow)).isFalse();
    assertThat(holds("StringNotEquals", value, fact("a"), Effect.Allow)).isFalse();
    assertThat(holds("StringNotEquals", value, fact("a"), Effect.Deny)).isTrue();
    assertThat(holds("StringEquals", "\"${t:none, 'a'}\"", fact("a"), Effect.Allow)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"StringEqual\":{\"a:b\":\"c\"}",
        "\"stringequals\":{\"a:b\":\"c\"}",
        "\"NullIfExists\":{\"a:b\":\"true\"}",
        "\"ForSomeValues:StringEquals\":{\"a:b\":\"c\"}",
        "\"NumericEquals\":{\"a:b\":\"ten\"}",
        "\"NumericEquals\":{\"a:b\":\"${aws:username}\"}",
        "\"DateEquals\":{\"a:b\":\"yesterday\"}",
        "\"Bool\":{\"a:b\":\"yes\"}",
        "\"BinaryEquals\":{\"a:b\":\"*\"}",
        "\"IpAddress\":{\"a:b\":\"10.0.0.0/33\"}",
        "\"IpAddress\":{\"a:b\":\"example.org\"}",
        "\"StringEquals\":{\"nocolon\":\"c\"}",
        "\"StringEquals\":{\"a:b\":[]}",
        "\"StringEquals\":{\"a:b\":{\"c\":\"d\"}}",
        "\"StringEquals\":{\"a:b\":\"${broken\"}",
        "\"StringEquals\":{}",
      })
  void parse_wrongCondition_isRefused(String condition) {
    assertThatThrownBy(() ->
            PolicyDocument.parse(
                """
                {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*",
                  "Resource":"*","Condition":{%s}}}\
                """
                    .formatted(condition),
                PolicyDocument.Kind.IDENTITY))
        .isInstanceOf(MalformedPolicy.class)
        .hasMessageStartingWith("policy: Statement[0]");
  }

  static Stream<Long> seeds() {
    return IntStream.range(0, 20).mapToObj(seed -> 20261121L + seed);
  }

  /** An independent engine says the same. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void glob_anyPattern_matchesWhatTheRegularExpressionMatches(long seed) {
    var random = new java.util.SplittableRandom(seed);
    for (int i = 0; i < 500; i++) {
      String pattern = text(random, "ab*?");
      String text = text(random, "ab");
      String regex =
          pattern
              .chars()
              .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote("" + (char) c))
              .reduce("", String::concat);
      assertThat(new Glob(Glob.wild(pattern)).matches(text, false))
          .as("'%s' on '%s'", pattern, text)
          .isEqualTo(text.matches(regex));
    }
  }

  private static String text(java.util.SplittableRandom random, String alphabet) {
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(9); length > 0; length--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }
}
