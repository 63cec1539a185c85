package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Makes a data key and returns it encrypted, and in plain. */
final class GenerateDataKey extends NamedOperation {
  GenerateDataKey() {
    super(
        "GenerateDataKey",
        true,
        "KeyId",
        "EncryptionContext",
        "NumberOfBytes",
        "KeySpec",
        "GrantTokens",
        "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    return DataKeys.generate(call, true);
  }
}
