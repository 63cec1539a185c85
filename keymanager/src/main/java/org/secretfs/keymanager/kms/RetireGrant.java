package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.policy.Decision;
import org.secretfs.keymanager.policy.Origin;
import org.secretfs.keymanager.store.GrantRecord;
import org.secretfs.keymanager.store.KeyRecord;

/**
 * Ends a grant, as somebody who has no more need of it: its retiring principal, a grantee whose
 * grant allows it, or whom a policy allows.
 */
final class RetireGrant extends NamedOperation {
  RetireGrant() {
    super("RetireGrant", false, "GrantToken", "KeyId", "GrantId", "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    GrantTokens.Named named = named(call);
    call.audit("grantId", named.grantId());
    KeyRecord key = call.find(named.keyId());
    Decision decision = call.decision(key);
    Optional<GrantRecord> grant =
        call.store().grants().ofKey(key.id()).stream()
            .filter(one -> one.id().equals(named.grantId()))
            .findFirst();
    boolean retires =
        grant.isPresent()
            && grant.get().retiring() != null
            && call.principal().subject().isNamedBy(grant.get().retiring());
    if (!retires || decision instanceof Decision.Forbidden) {
      requireForThis(call, decision, key, grant);
    }
    if (grant.isEmpty()) {
      throw Grants.notFound(named.grantId());
    }
    KeyChecks.endDryRun(call.params());
    if (!call.store().grants().remove(key.id(), named.grantId())) {
      throw Grants.notFound(named.grantId());
    }
    return call.object();
  }

  /** A grant that allows RetireGrant is for retiring itself, not the key's other grants. */
  private static void requireForThis(
      Call call, Decision decision, KeyRecord key, Optional<GrantRecord> grant) throws Refused {
    boolean byOther =
        decision instanceof Decision.Allowed allowed
            && allowed.by().source() == Origin.Source.GRANT
            && !isOwn(call, grant);
    Decision required =
        byOther ? new Decision.NotAllowed(Decision.Missing.RESOURCE_POLICY) : decision;
    call.require(required, key);
  }

  private static boolean isOwn(Call call, Optional<GrantRecord> grant) {
    return grant.isPresent()
        && grant.get().operations().contains("RetireGrant")
        && call.principal().subject().isNamedBy(grant.get().grantee());
  }

  private static GrantTokens.Named named(Call call) throws Refused {
    Params params = call.params();
    Optional<String> token = params.text("GrantToken", 1, 8192);
    if (token.isPresent()) {
      if (params.has("KeyId") || params.has("GrantId")) {
        throw Constraints.invalid(
            "You must specify either GrantToken, or both GrantId and KeyId, but not all three.");
      }
      return call.grantTokens().open(token.get());
    }
    String keyId = params.requiredKeyId();
    if (!keyId.startsWith("arn:")) {
      throw new Refused(KmsErrorCode.INVALID_ARN, "KeyId must be the ARN of a key.");
    }
    call.audit("keyId", keyId);
    return new GrantTokens.Named(keyId, params.requiredText("GrantId", 1, 128));
  }
}
