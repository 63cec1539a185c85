package org.secretfs.crypto;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * AES-XTS by the Corretto provider, which wants to be set up anew for every sector and works in the
 * Java array itself. It keeps the key on the heap; closing overwrites that copy.
 */
final class CorrettoXts extends ArrayContext {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final Cipher cipher;
  private final HeapKey key;
  private final byte[] tweak = new byte[BLOCK_BYTES];
  private long lastTweak;

  @BorrowsSecret(because = "the provider copies the key from an array at every sector")
  CorrettoXts(SecretBuffer secret, AmazonCorrettoCryptoProvider provider) {
    try {
      this.cipher = Cipher.getInstance("AES/XTS/NoPadding", provider);
      this.key = new HeapKey(secret.borrow(byte[]::clone));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Corretto provider has AES-XTS", e);
    }
  }

  @Override
  void run(
      boolean encrypt, byte[] data, int offset, int length, int unitBytes, long first, int step) {
    int mode = encrypt ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE;
    long next = first;
    try {
      for (int done = 0; done < length; done += unitBytes) {
        init(mode, next);
        cipher.doFinal(data, offset + done, unitBytes, data, offset + done);
        next += step;
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Corretto provider failed on a whole sector", e);
    }
  }

  /**
   * Sets up for a sector. The provider refuses to encrypt under the tweak it encrypted under last,
   * which is what writing a sector twice is; a look at another tweak in between makes it forget.
   */
  private void init(int mode, long sectorTweak) throws GeneralSecurityException {
    if (sectorTweak == lastTweak) {
      set(Cipher.DECRYPT_MODE, ~sectorTweak);
    }
    set(mode, sectorTweak);
    lastTweak = sectorTweak;
  }

  private void set(int mode, long sectorTweak) throws GeneralSecurityException {
    LONGS.set(tweak, 0, sectorTweak);
    cipher.init(mode, key, new IvParameterSpec(tweak));
  }

  @Override
  public void close() {
    super.close();
    key.overwrite();
    try {
      init(Cipher.ENCRYPT_MODE, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Corretto provider refused a key", e);
    }
  }

  /** Hands out its array itself, which the provider copies and does not keep. */
  private static final class HeapKey implements SecretKey {
    private final transient byte[] bytes;

    HeapKey(byte[] bytes) {
      this.bytes = bytes;
    }

    /** Leaves a key that is nobody's, with different halves, as the provider demands. */
    void overwrite() {
      Arrays.fill(bytes, (byte) 0);
      bytes[0] = 1;
    }

    @Override
    public String getAlgorithm() {
      return "AES";
    }

    @Override
    public String getFormat() {
      return "RAW";
    }

    @Override
    public byte[] getEncoded() {
      return bytes;
    }
  }
}
