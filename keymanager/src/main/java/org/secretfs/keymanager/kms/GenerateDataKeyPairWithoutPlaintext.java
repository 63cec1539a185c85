package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Makes a pair of keys, its private half encrypted only. */
final class GenerateDataKeyPairWithoutPlaintext extends NamedOperation {
  GenerateDataKeyPairWithoutPlaintext() {
    super(
        "GenerateDataKeyPairWithoutPlaintext",
        true,
        "KeyId",
        "KeyPairSpec",
        "EncryptionContext",
        "GrantTokens",
        "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    return DataKeyPairs.generate(call, false);
  }
}
