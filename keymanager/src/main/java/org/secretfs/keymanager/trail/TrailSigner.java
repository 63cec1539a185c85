package org.secretfs.keymanager.trail;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.secretfs.audit.delivery.DigestSigner;
import org.secretfs.audit.delivery.TrailKey;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.store.TrailStore;

/** Signs digests with keys of the store, each for a while. For one thread. */
public final class TrailSigner implements DigestSigner {
  private static final int KEY_BITS = 2048;

  private final TrailStore store;
  private final Duration keyLifetime;

  /** One whose keys sign so long each. */
  public TrailSigner(TrailStore store, Duration keyLifetime) {
    this.store = store;
    this.keyLifetime = keyLifetime;
  }

  @Override
  public String keyFor(Instant digestEnd) throws IOException {
    Optional<TrailKey> current = store.current();
    if (current.isPresent() && !digestEnd.isAfter(current.get().validUntil())) {
      return current.get().fingerprint();
    }
    return make(digestEnd).fingerprint();
  }

  @BorrowsSecret(because = "the JDK makes RSA keys on the heap")
  private TrailKey make(Instant validFrom) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(KEY_BITS);
      KeyPair pair = generator.generateKeyPair();
      byte[] der = TrailKey.encode((RSAPublicKey) pair.getPublic());
      TrailKey key = new TrailKey(der, validFrom, validFrom.plus(keyLifetime));
      try (SecretBuffer secret = SecretBuffer.takeFrom(pair.getPrivate().getEncoded())) {
        store.add(key, secret);
      }
      return key;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has RSA", e);
    }
  }

  @Override
  @BorrowsSecret(because = "the JDK signs with keys on the heap")
  public byte[] sign(String fingerprint, byte[] text) throws IOException {
    try (SecretBuffer secret = store.privateKey(fingerprint)) {
      return secret.borrow(bytes -> {
        PrivateKey key =
            KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(bytes));
        Signature signer = Signature.getInstance(ALGORITHM);
        signer.initSign(key);
        signer.update(text);
        return signer.sign();
      });
    } catch (GeneralSecurityException e) {
      throw new IOException("trail key %s: cannot sign".formatted(fingerprint), e);
    }
  }
}
