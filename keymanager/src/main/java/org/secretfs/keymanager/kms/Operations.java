package org.secretfs.keymanager.kms;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/** The table of operations. */
final class Operations {
  private static final Map<String, Operation> ALL =
      List.<Operation>of(
              new CancelKeyDeletion(),
              new CreateAlias(),
              new CreateGrant(),
              new CreateKey(),
              new Decrypt(),
              new DeleteAlias(),
              new DeleteImportedKeyMaterial(),
              new DeriveSharedSecret(),
              new DescribeKey(),
              new DisableKey(),
              new DisableKeyRotation(),
              new EnableKey(),
              new EnableKeyRotation(),
              new Encrypt(),
              new GenerateDataKey(),
              new GenerateDataKeyPair(),
              new GenerateDataKeyPairWithoutPlaintext(),
              new GenerateDataKeyWithoutPlaintext(),
              new GenerateMac(),
              new GenerateRandom(),
              new GetKeyPolicy(),
              new GetKeyRotationStatus(),
              new GetParametersForImport(),
              new GetPublicKey(),
              new ImportKeyMaterial(),
              new ListAliases(),
              new ListGrants(),
              new ListKeyPolicies(),
              new ListKeyRotations(),
              new ListKeys(),
              new ListResourceTags(),
              new ListRetirableGrants(),
              new PutKeyPolicy(),
              new ReEncrypt(),
              new RetireGrant(),
              new RevokeGrant(),
              new RotateKeyOnDemand(),
              new ScheduleKeyDeletion(),
              new Sign(),
              new TagResource(),
              new UntagResource(),
              new UpdateAlias(),
              new UpdateKeyDescription(),
              new Verify(),
              new VerifyMac())
          .stream()
          .collect(Collectors.toUnmodifiableMap(Operation::name, Function.identity()));

  /** Those that AWS has besides. */
  private static final Set<String> NOT_YET =
      Set.of(
          "ConnectCustomKeyStore",
          "CreateCustomKeyStore",
          "DeleteCustomKeyStore",
          "DescribeCustomKeyStores",
          "DisconnectCustomKeyStore",
          "ReplicateKey",
          "UpdateCustomKeyStore",
          "UpdatePrimaryRegion");

  private Operations() {}

  static Optional<Operation> named(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  static Set<String> names() {
    return ALL.keySet();
  }

  /** The refusal of an operation that is not in the table. */
  static Refused unknown(String name) {
    return NOT_YET.contains(name)
        ? Unsupported.unsupported(name + " is not supported.")
        : new Refused(KmsErrorCode.UNKNOWN_OPERATION, "");
  }
}
