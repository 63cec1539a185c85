package org.secretfs.keymanager.kms;

import java.io.IOException;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyUsage;

/** What GenerateMac and VerifyMac share. */
final class Macs {
  private static final int MOST_MESSAGE_BYTES = 4096;

  private Macs() {}

  /** The key, the algorithm by the API's name, and the code of the message. */
  static final class Made {
    private final KeyRecord key;
    private final String algorithm;
    private final byte[] mac;

    private Made(KeyRecord key, String algorithm, byte[] mac) {
      this.key = key;
      this.algorithm = algorithm;
      this.mac = mac;
    }

    KeyRecord key() {
      return key;
    }

    String algorithm() {
      return algorithm;
    }

    /** The code itself, not a copy. */
    byte[] mac() {
      return mac;
    }
  }

  static Made make(Call call) throws Refused, IOException {
    Params params = call.params();
    byte[] message = params.requiredBlob("Message", 1, MOST_MESSAGE_BYTES);
    String algorithm =
        params
            .choice("MacAlgorithm", Algorithms.MAC)
            .orElseThrow(() -> Constraints.missing("macAlgorithm"));
    call.fact("kms:MacAlgorithm", algorithm);
    call.audit("macAlgorithm", algorithm);
    KeyRecord key = KeyChecks.usable(call, KeyUsage.GENERATE_VERIFY_MAC, algorithm);
    return new Made(
        key, algorithm, call.withMaterial(key, material -> mac(material, algorithm, message)));
  }

  @BorrowsSecret(because = "the JDK takes the key as an array")
  private static byte[] mac(SecretBuffer material, String algorithm, byte[] message) {
    return material.borrow(key -> {
      try {
        String name = algorithm.replace("HMAC_SHA_", "HmacSHA");
        Mac mac = Mac.getInstance(name);
        mac.init(new SecretKeySpec(key, name));
        return mac.doFinal(message);
      } catch (GeneralSecurityException e) {
        throw new AssertionError("every JDK has HMAC with SHA-2", e);
      }
    });
  }
}
