package org.secretfs.keymanager.kms;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeySpec;
import org.secretfs.keymanager.store.KeyUsage;

/** What Sign and Verify share. */
final class Signatures {
  private static final int MOST_MESSAGE_BYTES = 4096;
  private static final List<String> MESSAGE_TYPES = List.of("RAW", "DIGEST");

  private Signatures() {}

  /** What is to be signed, by which key, how; the digest of a message is made here. */
  static final class Asked {
    private final KeyRecord key;
    private final SigningAlgorithm algorithm;
    private final byte[] input;

    private Asked(KeyRecord key, SigningAlgorithm algorithm, byte[] input) {
      this.key = key;
      this.algorithm = algorithm;
      this.input = input;
    }

    KeyRecord key() {
      return key;
    }

    SigningAlgorithm algorithm() {
      return algorithm;
    }
  }

  static Asked read(Call call) throws Refused, IOException {
    Params params = call.params();
    byte[] message = params.requiredBlob("Message", 1, MOST_MESSAGE_BYTES);
    String type = params.choice("MessageType", MESSAGE_TYPES).orElse("RAW");
    String name =
        params
            .choice("SigningAlgorithm", SigningAlgorithm.NAMES)
            .orElseThrow(() -> Constraints.missing("signingAlgorithm"));
    call.fact("kms:SigningAlgorithm", name);
    call.fact("kms:MessageType", type);
    call.audit("signingAlgorithm", name);
    call.audit("messageType", type);
    KeyRecord key = KeyChecks.usable(call, KeyUsage.SIGN_VERIFY, name);
    SigningAlgorithm algorithm = SigningAlgorithm.valueOf(name);
    return new Asked(key, algorithm, input(algorithm, type, message));
  }

  private static byte[] input(SigningAlgorithm algorithm, String type, byte[] message)
      throws Refused {
    boolean isDigest = type.equals("DIGEST");
    if (algorithm.family() == SigningAlgorithm.Family.ED25519) {
      if (isDigest) {
        throw Constraints.invalid("MessageType DIGEST is not compatible with " + algorithm + ".");
      }
      return message;
    }
    if (isDigest && message.length != algorithm.digestBytes()) {
      throw Constraints.invalid(
          "Digest is invalid length for algorithm %s.".formatted(algorithm.name()));
    }
    byte[] digest = isDigest ? message : algorithm.digest(message);
    if (algorithm.family() != SigningAlgorithm.Family.PKCS1) {
      return digest;
    }
    byte[] prefix = algorithm.digestInfoPrefix();
    return ByteBuffer.allocate(prefix.length + digest.length).put(prefix).put(digest).array();
  }

  static byte[] sign(Call call, Asked asked) throws IOException {
    KeySpec spec = asked.key.type().spec();
    return call.withMaterial(
        asked.key,
        material -> {
          try {
            Signature signature = signature(asked.algorithm, spec);
            signature.initSign(KeyPairs.privateKey(material, spec));
            signature.update(asked.input);
            return signature.sign();
          } catch (GeneralSecurityException e) {
            throw new IOException("key %s does not sign".formatted(asked.key.id()), e);
          }
        });
  }

  static void verify(Call call, Asked asked, byte[] signed) throws Refused, IOException {
    KeySpec spec = asked.key.type().spec();
    boolean good =
        call.withMaterial(
            asked.key,
            material -> {
              try {
                Signature signature = signature(asked.algorithm, spec);
                signature.initVerify(KeyPairs.publicKey(material, spec));
                signature.update(asked.input);
                return isGood(signature, signed);
              } catch (GeneralSecurityException e) {
                throw new IOException("key %s does not verify".formatted(asked.key.id()), e);
              }
            });
    if (!good) {
      throw new Refused(KmsErrorCode.INVALID_SIGNATURE_OF_KEY, "");
    }
  }

  /** Bytes that are no signature at all are no good one either. */
  private static boolean isGood(Signature signature, byte[] signed) {
    try {
      return signature.verify(signed);
    } catch (SignatureException e) {
      return false;
    }
  }

  /** One that takes the input as it is, without hashing it, but for Ed25519. */
  private static Signature signature(SigningAlgorithm algorithm, KeySpec spec)
      throws GeneralSecurityException {
    return switch (algorithm.family()) {
      case PKCS1 -> Signature.getInstance("NONEwithRSA", KeyPairs.BOUNCY_CASTLE);
      case PSS -> pss(algorithm);
      case ECDSA ->
          spec == KeySpec.ECC_SECG_P256K1
              ? Signature.getInstance("NONEwithECDSA", KeyPairs.BOUNCY_CASTLE)
              : Signature.getInstance("NONEwithECDSA");
      case ED25519 -> Signature.getInstance("Ed25519");
    };
  }

  private static Signature pss(SigningAlgorithm algorithm) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("RAWRSASSA-PSS", KeyPairs.BOUNCY_CASTLE);
    String digest = algorithm.digestName();
    signature.setParameter(
        new PSSParameterSpec(
            digest, "MGF1", new MGF1ParameterSpec(digest), algorithm.digestBytes(), 1));
    return signature;
  }
}
