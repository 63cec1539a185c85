package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SortedMap;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.policy.GrantRule;
import org.secretfs.keymanager.policy.Subject;
import org.secretfs.keymanager.store.GrantRecord;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyType;
import org.secretfs.keymanager.store.KeyUsage;

/** What the operations on grants share. */
final class Grants {
  private static final int MOST_OPERATIONS = 32;

  private static final List<String> OPERATIONS =
      List.of(
          "Decrypt",
          "Encrypt",
          "GenerateDataKey",
          "GenerateDataKeyWithoutPlaintext",
          "ReEncryptFrom",
          "ReEncryptTo",
          "Sign",
          "Verify",
          "GetPublicKey",
          "CreateGrant",
          "RetireGrant",
          "DescribeKey",
          "GenerateDataKeyPair",
          "GenerateDataKeyPairWithoutPlaintext",
          "GenerateMac",
          "VerifyMac",
          "DeriveSharedSecret");
  private static final int MOST_PAIRS = 8;
  private static final int MOST_PAIR_CHARS = 384;

  private Grants() {}

  static GrantRule rule(GrantRecord grant) {
    return new GrantRule(
        grant.id(),
        grant.grantee(),
        new HashSet<>(grant.operations()),
        grant.contextEquals(),
        grant.contextSubset());
  }

  /** A principal's ARN; what is given to an account's root, nobody has: root signs nothing here. */
  static String principal(Params params, String member, String name) throws Refused {
    String arn = params.requiredText(member, 1, 256);
    if (!Subject.isPrincipal(arn)) {
      throw new Refused(KmsErrorCode.INVALID_ARN, "ARN is not valid: " + name + " " + shown(arn));
    }
    return arn;
  }

  private static String shown(String arn) {
    return arn.replaceAll("\\p{Cntrl}", "?");
  }

  static List<String> operations(Params params) throws Refused {
    List<String> operations = new ArrayList<>();
    for (String operation : params.texts("Operations")) {
      Constraints.oneOf("operations", operation, OPERATIONS);
      if (!operations.contains(operation)) {
        operations.add(operation);
      }
    }
    if (operations.isEmpty() || operations.size() > MOST_OPERATIONS) {
      throw Constraints.missing("operations");
    }
    return operations;
  }

  static void requireFor(KeyType type, List<String> operations) throws Refused {
    for (String operation : operations) {
      if (!isFor(type, operation)) {
        throw Constraints.invalid(
            "Operation %s is not supported for keys with KeySpec %s."
                .formatted(operation, type.spec()));
      }
    }
  }

  private static boolean isFor(KeyType type, String operation) {
    return switch (operation) {
      case "CreateGrant", "RetireGrant", "DescribeKey" -> true;
      case "GetPublicKey" -> type.spec().isPair();
      case "Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo" ->
          type.usage() == KeyUsage.ENCRYPT_DECRYPT;
      case "Sign", "Verify" -> type.usage() == KeyUsage.SIGN_VERIFY;
      case "GenerateMac", "VerifyMac" -> type.usage() == KeyUsage.GENERATE_VERIFY_MAC;
      case "DeriveSharedSecret" -> type.usage() == KeyUsage.KEY_AGREEMENT;
      default -> type.isSymmetric();
    };
  }

  static SortedMap<String, String> pairs(Params constraints, String member) throws Refused {
    SortedMap<String, String> pairs = constraints.pairs(member);
    boolean tooLong =
        pairs.entrySet().stream()
            .anyMatch(pair ->
                pair.getKey().length() > MOST_PAIR_CHARS
                    || pair.getValue().length() > MOST_PAIR_CHARS);
    if (pairs.size() > MOST_PAIRS || tooLong) {
      throw Constraints.invalid(
          "%s must have at most %d pairs of at most %d characters each."
              .formatted(member, MOST_PAIRS, MOST_PAIR_CHARS));
    }
    return pairs;
  }

  /** The grant that a request names by its key and id. */
  static GrantRecord find(Call call, KeyRecord key, String grantId) throws Refused, IOException {
    return call.store().grants().ofKey(key.id()).stream()
        .filter(grant -> grant.id().equals(grantId))
        .findFirst()
        .orElseThrow(() -> notFound(grantId));
  }

  static Refused notFound(String grantId) {
    return KeyFinder.notFound("Grant ID %s not found".formatted(grantId));
  }

  static ObjectNode json(Call call, GrantRecord grant) {
    ObjectNode json =
        call.object()
            .put("KeyId", call.arns().key(grant.keyId()))
            .put("GrantId", grant.id())
            .put("Name", grant.name())
            .put("CreationDate", KeyMetadata.seconds(grant.created()))
            .put("GranteePrincipal", grant.grantee());
    if (grant.retiring() != null) {
      json.put("RetiringPrincipal", grant.retiring());
    }
    json.put("IssuingAccount", call.arns().root());
    ArrayNode operations = json.putArray("Operations");
    grant.operations().forEach(operations::add);
    if (!grant.contextEquals().isEmpty() || !grant.contextSubset().isEmpty()) {
      ObjectNode constraints = json.putObject("Constraints");
      put(constraints, "EncryptionContextSubset", grant.contextSubset());
      put(constraints, "EncryptionContextEquals", grant.contextEquals());
    }
    return json;
  }

  private static void put(ObjectNode constraints, String name, SortedMap<String, String> pairs) {
    if (!pairs.isEmpty()) {
      ObjectNode object = constraints.putObject(name);
      pairs.forEach(object::put);
    }
  }
}
