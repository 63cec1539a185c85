package org.secretfs.keymanager.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;
import org.secretfs.keymanager.policy.PolicyDocument.Kind;

/** What is no policy document, and where each kind of policy differs. */
class PolicyDocumentTest {
  private static final String GOOD = "'Effect':'Allow','Action':'kms:*','Resource':'*'";

  private static PolicyDocument parse(Kind kind, String json) throws MalformedPolicy {
    return PolicyDocument.parse(json.replace('\'', '"'), kind);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "IDENTITY | [] | is not one valid JSON object",
        "IDENTITY | {} | Statement is missing",
        "IDENTITY | {'Statement':[]} | must be 1 to 100 statements",
        "IDENTITY | {'Statement':['x']} | Statement[0] is not an object",
        "IDENTITY | {'Version':'2012-10-18','Statement':{GOOD}} | Version is '2012-10-18'",
        "IDENTITY | {'Comment':'x','Statement':{GOOD}} | unknown element 'Comment'",
        "IDENTITY | {'Statement':{GOOD,'effect':'Deny'}} | unknown element 'effect'",
        "IDENTITY | {'Statement':{GOOD,'Effect':'Deny'}} | is not one valid JSON object",
        "IDENTITY | {'Statement':{GOOD,'Principal':'*'}} | names a principal",
        "IDENTITY | {'Statement':{GOOD,'NotAction':'kms:x'}} | either Action or NotAction",
        "IDENTITY | {'Statement':{'Effect':'Allow','Action':'kms:*'}} | either Resource or",
        "IDENTITY | {'Statement':{'Effect':'allow','Action':'kms:*','Resource':'*'}} | Effect must be",
        "IDENTITY | {'Statement':{'Effect':'Allow','Action':'Decrypt','Resource':'*'}} | has 'Decrypt'",
        "IDENTITY | {'Statement':{'Effect':'Allow','Action':'kms:*','Resource':'key/1'}} | has 'key/1'",
        "IDENTITY | {'Statement':[{'Sid':'a',GOOD},{'Sid':'a',GOOD}]} | has the Sid 'a' of another",
        "KEY | {'Statement':{GOOD}} | either Principal or NotPrincipal",
        "KEY | {'Statement':{GOOD,'NotPrincipal':'*'}} | allows with NotPrincipal",
        "KEY | {'Statement':{GOOD,'Principal':'alice'}} | must be \"*\" or an object",
        "KEY | {'Statement':{GOOD,'Principal':{'AWS':'alice'}}} | has the principal 'alice'",
        "KEY | {'Statement':{GOOD,'Principal':{'AWS':'arn:aws:iam::111122223333:user/*'}}} | has the principal",
        "KEY | {'Statement':{GOOD,'Principal':{'Aws':'*'}}} | unknown kind 'Aws'",
        "TRUST | {'Statement':{GOOD,'Principal':'*'}} | names a resource",
      })
  void parse_wrongDocument_isRefusedWithPlaceAndRule(Kind kind, String json, String rule) {
    assertThatThrownBy(() -> parse(kind, json.replace("GOOD", GOOD)))
        .isInstanceOf(MalformedPolicy.class)
        .hasMessageContaining(rule);
  }

  @Test
  void parse_tooLong_isRefused() {
    String padded = "{'Id':'%s','Statement':{%s}}".formatted("x".repeat(40_000), GOOD);
    assertThatThrownBy(() -> parse(Kind.IDENTITY, padded)).hasMessageContaining("at most 32768");
  }

  @Test
  void parse_olderVersion_knowsNoVariables() throws Exception {
    PolicyDocument old =
        parse(
            Kind.IDENTITY,
            "{'Statement':{'Effect':'Allow','Action':'kms:*',"
                + "'Resource':'arn:aws:kms:::key/${aws:username}'}}");
    assertThat(old.asksFor("aws:username")).isFalse();
  }

  @Test
  void asksFor_keysOfConditionsAndVariables_areKnown() throws Exception {
    PolicyDocument policy =
        parse(
            Kind.IDENTITY,
            "{'Version':'2012-10-17','Statement':{"
                + GOOD
                + ",'Condition':{'StringEquals':{'kms:RequestAlias':'${aws:PrincipalTag/team}'}}}}");
    assertThat(policy.asksFor("kms:requestalias")).isTrue();
    assertThat(policy.asksFor("aws:principaltag/")).isTrue();
    assertThat(policy.asksFor("aws:resourcetag/")).isFalse();
  }
}
