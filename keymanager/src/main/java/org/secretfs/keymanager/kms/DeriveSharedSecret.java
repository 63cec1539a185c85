package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.KeyAgreement;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeySpec;
import org.secretfs.keymanager.store.KeyUsage;

/** Agrees on a secret with the holder of another key of the same curve. */
final class DeriveSharedSecret extends NamedOperation {
  private static final int MOST_PUBLIC_KEY_BYTES = 8192;

  DeriveSharedSecret() {
    super(
        "DeriveSharedSecret",
        true,
        "KeyId",
        "KeyAgreementAlgorithm",
        "PublicKey",
        "GrantTokens",
        "DryRun",
        "Recipient");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Unsupported.refuse(call.params(), "Recipient");
    String algorithm =
        call.params()
            .choice("KeyAgreementAlgorithm", Algorithms.AGREEMENT)
            .orElseThrow(() -> Constraints.missing("keyAgreementAlgorithm"));
    byte[] other = call.params().requiredBlob("PublicKey", 1, MOST_PUBLIC_KEY_BYTES);
    call.fact("kms:KeyAgreementAlgorithm", algorithm);
    call.audit("keyAgreementAlgorithm", algorithm);
    KeyRecord key = KeyChecks.usable(call, KeyUsage.KEY_AGREEMENT, algorithm);
    KeyChecks.endDryRun(call.params());
    byte @Nullable [] secret =
        call.withMaterial(key, material -> agreed(material, key.type().spec(), other));
    if (secret == null) {
      throw Constraints.invalid("");
    }
    try {
      return call.object()
          .put("KeyId", call.arns().key(key.id()))
          .put("KeyAgreementAlgorithm", algorithm)
          .put("KeyOrigin", KeyMetadata.origin(key))
          .put("SharedSecret", Base64.getEncoder().encodeToString(secret));
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /** Null if the other's is no public key of the same curve. */
  private static byte @Nullable [] agreed(SecretBuffer material, KeySpec spec, byte[] other)
      throws IOException {
    try {
      PrivateKey own = KeyPairs.privateKey(material, spec);
      PublicKey theirs = KeyPairs.factory(spec).generatePublic(new X509EncodedKeySpec(other));
      if (!((ECKey) own).getParams().getCurve().equals(((ECKey) theirs).getParams().getCurve())) {
        return null;
      }
      KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
      agreement.init(own);
      var _ = agreement.doPhase(theirs, true);
      return agreement.generateSecret();
    } catch (InvalidKeySpecException | InvalidKeyException e) {
      return null;
    } catch (GeneralSecurityException e) {
      throw new IOException("a key does not agree", e);
    }
  }
}
