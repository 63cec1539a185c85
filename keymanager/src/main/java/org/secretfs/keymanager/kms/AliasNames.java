package org.secretfs.keymanager.kms;

import java.io.IOException;
import java.util.regex.Pattern;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;

/** What aliases may be called, and mean. */
final class AliasNames {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9:/_-]+");

  private AliasNames() {}

  static String read(Call call) throws Refused {
    String name = call.params().requiredText("AliasName", 1, 256);
    call.audit("aliasName", name);
    if (!name.startsWith(KeyFinder.ALIAS)) {
      throw Constraints.invalid(
          "Alias must start with the prefix \"alias/\". Please see"
              + " https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
    }
    if (name.startsWith("alias/aws/")) {
      throw new Refused(KmsErrorCode.INVALID_ALIAS_NAME, "Alias prefix alias/aws/ is reserved.");
    }
    if (name.equals(KeyFinder.ALIAS) || !NAME.matcher(name).matches()) {
      throw Constraints.failed(
          name, "aliasName", "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$");
    }
    return name;
  }

  /** The key that the member TargetKeyId names by id or ARN. */
  static KeyRecord target(Call call) throws Refused, IOException {
    String name =
        call.params().keyId("TargetKeyId").orElseThrow(() -> Constraints.missing("targetKeyId"));
    call.audit("targetKeyId", name);
    if (name.contains(KeyFinder.ALIAS)) {
      throw Constraints.invalid("Aliases must refer to keys. Not aliases");
    }
    KeyRecord key = call.authorized(call.find(name), EncryptionContext.none());
    return KeyChecks.requireNotPendingDeletion(key, call.arns());
  }

  static Refused notFound(Call call, String name) {
    return KeyFinder.notFound("Alias %s is not found.".formatted(call.arns().alias(name)));
  }
}
