package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.GrantRecord;
import org.secretfs.keymanager.store.KeyRecord;

/** Lets somebody use a key, within bounds. */
final class CreateGrant extends NamedOperation {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9:/_-]+");
  private static final int MOST_GRANTS = 50_000;
  private static final int ID_BYTES = 32;

  CreateGrant() {
    super(
        "CreateGrant",
        false,
        "KeyId",
        "GranteePrincipal",
        "RetiringPrincipal",
        "Operations",
        "Constraints",
        "GrantTokens",
        "Name",
        "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Params params = call.params();
    GrantRecord wanted = wanted(call);
    addFacts(call, wanted);
    KeyRecord key = call.keyForGrant(params.requiredKeyId(), Grants.rule(wanted));
    KeyChecks.requireNotPendingDeletion(key, call.arns());
    Grants.requireFor(key.type(), wanted.operations());
    KeyChecks.endDryRun(params);
    GrantRecord made =
        call.store()
            .grants()
            .create(ofKey(wanted, key.id()), MOST_GRANTS)
            .orElseThrow(
                () -> new Refused(KmsErrorCode.LIMIT_EXCEEDED, "The key has too many grants."));
    call.auditResponse(call.object().put("grantId", made.id()));
    return call.object().put("GrantToken", call.grantTokens().of(made)).put("GrantId", made.id());
  }

  private static GrantRecord wanted(Call call) throws Refused {
    Params params = call.params();
    String grantee = Grants.principal(params, "GranteePrincipal", "granteePrincipal");
    String retiring =
        params.has("RetiringPrincipal")
            ? Grants.principal(params, "RetiringPrincipal", "retiringPrincipal")
            : null;
    List<String> operations = Grants.operations(params);
    Optional<Params> constraints = params.object("Constraints");
    SortedMap<String, String> equal = new TreeMap<>();
    SortedMap<String, String> subset = new TreeMap<>();
    if (constraints.isPresent()) {
      equal = Grants.pairs(constraints.get(), "EncryptionContextEquals");
      subset = Grants.pairs(constraints.get(), "EncryptionContextSubset");
    }
    if (!equal.isEmpty() && !subset.isEmpty()) {
      throw Constraints.invalid(
          "EncryptionContextEquals and EncryptionContextSubset must not both be given.");
    }
    return new GrantRecord(
        HexFormat.of().formatHex(KernelRandom.bytes(ID_BYTES)),
        "",
        name(params),
        grantee,
        retiring,
        operations,
        equal,
        subset,
        call.principal().arn(),
        call.now());
  }

  private static String name(Params params) throws Refused {
    Optional<String> name = params.text("Name", 1, 256);
    if (name.isPresent() && !NAME.matcher(name.get()).matches()) {
      throw Constraints.failed(
          name.get(), "name", "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$");
    }
    return name.orElse("");
  }

  private static GrantRecord ofKey(GrantRecord grant, String keyId) {
    return new GrantRecord(
        grant.id(),
        keyId,
        grant.name(),
        grant.grantee(),
        grant.retiring(),
        grant.operations(),
        grant.contextEquals(),
        grant.contextSubset(),
        grant.issuer(),
        grant.created());
  }

  private static void addFacts(Call call, GrantRecord grant) {
    grant.operations().forEach(operation -> call.fact("kms:GrantOperations", operation));
    call.fact("kms:GranteePrincipal", grant.grantee());
    call.fact("kms:GrantIsForAWSResource", "false");
    call.audit("granteePrincipal", grant.grantee());
    call.audit("operations", String.join(",", grant.operations()));
    if (grant.retiring() != null) {
      call.fact("kms:RetiringPrincipal", grant.retiring());
      call.audit("retiringPrincipal", grant.retiring());
    }
    if (!grant.contextEquals().isEmpty()) {
      call.fact("kms:GrantConstraintType", "EncryptionContextEquals");
      call.audit("encryptionContextEquals", EncryptionContext.of(grant.contextEquals()));
    }
    if (!grant.contextSubset().isEmpty()) {
      call.fact("kms:GrantConstraintType", "EncryptionContextSubset");
      call.audit("encryptionContextSubset", EncryptionContext.of(grant.contextSubset()));
    }
  }
}
