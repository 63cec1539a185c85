package org.secretfs.crypto;

import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.CamelliaEngine;
import org.bouncycastle.crypto.engines.SerpentEngine;
import org.bouncycastle.crypto.engines.TwofishEngine;
import org.bouncycastle.crypto.params.KeyParameter;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;

/** Sector ciphers by Bouncy Castle, which keeps its round keys on the heap. Works everywhere. */
final class BouncyCastleCiphers implements BlockCiphers {
  @Override
  public String name() {
    return "bouncycastle";
  }

  @Override
  public Optional<String> unavailableBecause(CipherSpec spec, int keyBytes) {
    return Optional.empty();
  }

  @Override
  public SectorContext newContext(CipherSpec spec, SecretBuffer key) {
    return switch (spec.mode()) {
      case XTS -> new BouncyCastleXts(spec.algorithm(), key);
      case CBC ->
          new BouncyCastleCbc(spec.algorithm(), key, spec.iv() == CipherSpec.Iv.ESSIV_SHA256);
    };
  }

  /** Returns the bare block cipher with a key. */
  @BorrowsSecret(because = "Bouncy Castle takes arrays")
  static BlockCipher keyed(CipherSpec.Algorithm algorithm, boolean encrypt, SecretBuffer key) {
    BlockCipher engine =
        switch (algorithm) {
          case AES -> AESEngine.newInstance();
          case TWOFISH -> new TwofishEngine();
          case SERPENT -> new SerpentEngine();
          case CAMELLIA -> new CamelliaEngine();
        };
    return key.borrow(bytes -> {
      KeyParameter parameter = new KeyParameter(bytes);
      engine.init(encrypt, parameter);
      Arrays.fill(parameter.getKey(), (byte) 0);
      return engine;
    });
  }
}
