package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Tells about a key. */
final class DescribeKey extends NamedOperation {
  DescribeKey() {
    super("DescribeKey", true, "KeyId", "GrantTokens");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    return call.object().set("KeyMetadata", KeyMetadata.of(call.key(), call.arns()));
  }
}
