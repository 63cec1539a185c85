package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Returns random bytes of the kernel. */
final class GenerateRandom extends NamedOperation {
  GenerateRandom() {
    super("GenerateRandom", true, "NumberOfBytes", "CustomKeyStoreId");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Unsupported.refuse(call.params(), "CustomKeyStoreId");
    int bytes =
        call.params()
            .number("NumberOfBytes", 1, 1024)
            .orElseThrow(() -> Constraints.invalid("NumberOfBytes is required."));
    call.audit("numberOfBytes", bytes);
    call.authorizeWithoutKey();
    byte[] random = KernelRandom.bytes(bytes);
    try {
      return call.object().put("Plaintext", Base64.getEncoder().encodeToString(random));
    } finally {
      Arrays.fill(random, (byte) 0);
    }
  }
}
