package org.secretfs.keymanager.sts;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.AccessKeys;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.identity.Session;
import org.secretfs.keymanager.kms.Arns;
import org.secretfs.keymanager.policy.Decision;
import org.secretfs.keymanager.policy.Facts;
import org.secretfs.keymanager.policy.GrantRule;
import org.secretfs.keymanager.policy.NamedPolicy;
import org.secretfs.keymanager.policy.Origin;
import org.secretfs.keymanager.policy.PolicyDocument;
import org.secretfs.keymanager.policy.PolicySet;
import org.secretfs.keymanager.policy.Question;
import org.secretfs.keymanager.policy.Subject;
import org.secretfs.keymanager.store.PrincipalStore;
import org.secretfs.keymanager.store.RoleRecord;

/**
 * Gives temporary credentials with the rights of a role to whom its trust policy lets have them.
 */
final class AssumeRole implements StsOperation {
  private static final String ACTION = "sts:AssumeRole";
  private static final int LEAST_SECONDS = 900;
  private static final int USUAL_SECONDS = 3600;
  private static final int MOST_POLICY_CHARS = 2048;

  private final PrincipalStore store;
  private final Arns arns;
  private final SecondFactor factor;
  private final Issuer issuer;

  AssumeRole(PrincipalStore store, Arns arns, SecondFactor factor, Issuer issuer) {
    this.store = store;
    this.arns = arns;
    this.factor = factor;
    this.issuer = issuer;
  }

  @Override
  public Set<String> parameters() {
    return Set.of(
        "RoleArn",
        "RoleSessionName",
        "DurationSeconds",
        "Policy",
        "ExternalId",
        "SerialNumber",
        "TokenCode");
  }

  @Override
  public Answer run(Call call) throws Refused, IOException {
    Form form = call.form();
    String arn = form.required("RoleArn", 20, 2048, "[\\x21-\\x7e]*");
    String name = form.required("RoleSessionName", 2, 64, "[\\w+=,.@-]*");
    call.asked().put("roleArn", arn).put("roleSessionName", name);
    String policy = sessionPolicy(form);
    Instant shown = factor.shown(call);
    RoleRecord role = trusted(call, arn, name, shown);
    int most = call.principal().session() == null ? role.mostSessionSeconds() : USUAL_SECONDS;
    int seconds =
        form.seconds("DurationSeconds", LEAST_SECONDS, most, Math.min(USUAL_SECONDS, most));
    Instant now = call.now().truncatedTo(ChronoUnit.SECONDS);
    Session session =
        new Session(
            AccessKeys.newId(AccessKeys.TEMPORARY),
            PrincipalStore.role(role.name()),
            role.created(),
            name,
            now,
            now.plusSeconds(seconds),
            shown,
            policy);
    return answer(session, role);
  }

  private Answer answer(Session session, RoleRecord role) {
    Subject subject = Subject.session(arns.accountId(), role.name(), session.name());
    ObjectNode user =
        StsOperation.object()
            .put("AssumedRoleId", role.name() + ":" + session.name())
            .put("Arn", subject.arn());
    ObjectNode result = StsOperation.object();
    result.set("AssumedRoleUser", user);
    result.set("Credentials", issuer.credentials(session));
    ObjectNode recorded = Issuer.recorded(session);
    recorded.putObject("assumedRoleUser").put("arn", subject.arn());
    return new Answer(result, recorded);
  }

  private static @Nullable String sessionPolicy(Form form) throws Refused {
    Optional<String> policy = form.text("Policy", 1, MOST_POLICY_CHARS, "(?s).*");
    if (policy.isEmpty()) {
      return null;
    }
    try {
      PolicyDocument.parse(policy.get(), PolicyDocument.Kind.IDENTITY);
      return policy.get();
    } catch (MalformedPolicy e) {
      throw new Refused(KmsErrorCode.MALFORMED_POLICY, String.valueOf(e.getMessage()));
    }
  }

  /** The role, if the asking principal may assume it; one that is not there is refused alike. */
  private RoleRecord trusted(Call call, String arn, String sessionName, @Nullable Instant shown)
      throws Refused, IOException {
    Optional<RoleRecord> role =
        arn.startsWith(arns.role(""))
            ? store.findRole(arn.substring(arns.role("").length()))
            : Optional.empty();
    boolean allowed =
        role.isPresent() && decide(call, role.get(), arn, sessionName, shown).allows();
    if (!allowed) {
      throw new Refused(
          KmsErrorCode.ACCESS_DENIED,
          "User: %s is not authorized to perform: %s on resource: %s"
              .formatted(call.principal().arn(), ACTION, arn));
    }
    return role.get();
  }

  private static Decision decide(
      Call call, RoleRecord role, String arn, String sessionName, @Nullable Instant shown)
      throws Refused, IOException {
    Principal principal = call.principal();
    Facts facts = new Facts().addAll(principal.facts()).set("sts:RoleSessionName", sessionName);
    call.form()
        .text("ExternalId", 2, 1224, "[\\w+=,.@:/-]*")
        .ifPresent(id -> facts.set("sts:ExternalId", id));
    if (shown != null && shown.equals(call.now())) {
      facts.set("aws:MultiFactorAuthPresent", "true").set("aws:MultiFactorAuthAge", "0");
    }
    PolicySet policies =
        new PolicySet(
            trust(role),
            Origin.Source.TRUST_POLICY,
            principal.policies(),
            principal.sessionPolicy(),
            List.of());
    return policies.decide(
        new Question(principal.subject(), ACTION, arn, facts), GrantRule.Use.PLAIN);
  }

  private static NamedPolicy trust(RoleRecord role) throws IOException {
    try {
      return new NamedPolicy(
          role.name(), PolicyDocument.parse(role.trustPolicy(), PolicyDocument.Kind.TRUST));
    } catch (MalformedPolicy e) {
      throw new IOException("the trust policy of " + role.name() + " was changed", e);
    }
  }
}
