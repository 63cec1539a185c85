package org.secretfs.keymanager.seal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AuthProvider;
import java.security.GeneralSecurityException;
import java.security.InvalidParameterException;
import java.security.Key;
import java.security.KeyStore;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.spec.GCMParameterSpec;
import javax.security.auth.login.LoginException;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * A session with a hardware token, by the JDK's PKCS#11 provider. The key is AES-256, sensitive and
 * not extractable; what it wraps passes through an array on the heap.
 *
 * @spec https://docs.oasis-open.org/pkcs11/pkcs11-spec/v3.1/pkcs11-spec-v3.1.html PKCS #11 §6.13
 */
final class Pkcs11Token implements AutoCloseable {
  private static final int MOST_PIN_BYTES = 255;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int KEY_BITS = 256;

  private final Pkcs11Seal.Place place;
  private final AuthProvider provider;
  private final KeyStore keys;

  private Pkcs11Token(Pkcs11Seal.Place place, AuthProvider provider, KeyStore keys) {
    this.place = place;
    this.provider = provider;
    this.keys = keys;
  }

  /**
   * Logs in.
   *
   * @throws KeyManagerException.Unavailable if library, slot, token or PIN are not to be had
   */
  static Pkcs11Token open(Pkcs11Seal.Place place) throws KeyManagerException {
    char[] pin = pin(place.pinFile());
    try {
      AuthProvider provider = provider(place);
      KeyStore keys = KeyStore.getInstance("PKCS11", provider);
      keys.load(null, pin);
      return new Pkcs11Token(place, provider, keys);
    } catch (GeneralSecurityException
        | IOException
        | ProviderException
        | InvalidParameterException e) {
      throw failed(place, "cannot be used", e);
    } finally {
      Arrays.fill(pin, '\0');
    }
  }

  private static AuthProvider provider(Pkcs11Seal.Place place) throws KeyManagerException {
    Provider template = Security.getProvider("SunPKCS11");
    if (template == null) {
      throw new KeyManagerException.Configuration(
          "seal pkcs11: this Java has no PKCS#11 provider (module jdk.crypto.cryptoki)");
    }
    return (AuthProvider) template.configure("--" + configuration(place));
  }

  private static String configuration(Pkcs11Seal.Place place) throws KeyManagerException {
    String library = place.library().toAbsolutePath().toString();
    if (!library.matches("[A-Za-z0-9_./+-]+")) {
      throw new KeyManagerException.Configuration(
          "seal pkcs11: library '%s' must have no other characters than A-Z a-z 0-9 _ . / + -"
              .formatted(library));
    }
    String label = HexFormat.of().formatHex(place.label().getBytes(StandardCharsets.UTF_8));
    return """
    name=secretfs
    library=%s
    slot=%d
    attributes(generate,CKO_SECRET_KEY,CKK_AES) = {
      CKA_TOKEN = true
      CKA_PRIVATE = true
      CKA_SENSITIVE = true
      CKA_EXTRACTABLE = false
      CKA_ENCRYPT = true
      CKA_DECRYPT = true
      CKA_LABEL = 0h%s
    }
    """
        .formatted(library, place.slot(), label);
  }

  private static char[] pin(Path file) throws KeyManagerException {
    byte[] bytes = new byte[0];
    try (InputStream in = Files.newInputStream(file)) {
      boolean open =
          Files.getPosixFilePermissions(file).stream()
              .anyMatch(permission -> permission.name().startsWith("OTHERS_"));
      if (open) {
        throw new KeyManagerException.Configuration(
            "PIN file %s: others have rights to it; the mode must be 0600".formatted(file));
      }
      bytes = in.readNBytes(MOST_PIN_BYTES + 2);
      int length = bytes.length;
      while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
        length--;
      }
      if (length == 0 || length > MOST_PIN_BYTES) {
        throw new KeyManagerException.Configuration(
            "PIN file %s: must hold 1 to %d bytes".formatted(file, MOST_PIN_BYTES));
      }
      char[] pin = new char[length];
      for (int i = 0; i < length; i++) {
        pin[i] = (char) Byte.toUnsignedInt(bytes[i]);
      }
      return pin;
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable("PIN file %s: cannot be read".formatted(file), e);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  void makeKeyIfMissing() throws KeyManagerException {
    try {
      if (keys.getKey(place.label(), null) == null) {
        KeyGenerator generator = KeyGenerator.getInstance("AES", provider);
        generator.init(KEY_BITS);
        generator.generateKey();
        keys.load(null, null);
      }
    } catch (GeneralSecurityException | IOException | ProviderException e) {
      throw failed(place, "cannot make a key", e);
    }
  }

  /** Nonce, ciphertext and tag. */
  @BorrowsSecret(because = "javax.crypto encrypts arrays")
  byte[] wrap(SecretBuffer secret) throws KeyManagerException {
    try {
      byte[] nonce = new byte[NONCE_BYTES];
      KernelRandom.fill(nonce, 0, NONCE_BYTES);
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, nonce);
      byte[] ciphertext = secret.<byte[], GeneralSecurityException>borrow(cipher::doFinal);
      byte[] wrapped = Arrays.copyOf(nonce, NONCE_BYTES + ciphertext.length);
      System.arraycopy(ciphertext, 0, wrapped, NONCE_BYTES, ciphertext.length);
      return wrapped;
    } catch (GeneralSecurityException | ProviderException e) {
      throw failed(place, "does not encrypt", e);
    }
  }

  /** What was wrapped; the caller closes it. */
  SecretBuffer unwrap(byte[] wrapped) throws KeyManagerException {
    try {
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, wrapped);
      return SecretBuffer.takeFrom(
          cipher.doFinal(wrapped, NONCE_BYTES, wrapped.length - NONCE_BYTES));
    } catch (GeneralSecurityException | ProviderException | IllegalArgumentException e) {
      throw failed(place, "does not decrypt", e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce)
      throws GeneralSecurityException, KeyManagerException {
    Key key = keys.getKey(place.label(), null);
    if (key == null) {
      throw new KeyManagerException.Unavailable(describe(place) + ": there is no such key");
    }
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", provider);
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce, 0, NONCE_BYTES));
    return cipher;
  }

  private static KeyManagerException.Unavailable failed(
      Pkcs11Seal.Place place, String what, Exception cause) {
    return new KeyManagerException.Unavailable("%s: %s".formatted(describe(place), what), cause);
  }

  private static String describe(Pkcs11Seal.Place place) {
    return "PKCS#11 key '%s' in slot %d of %s"
        .formatted(place.label(), place.slot(), place.library());
  }

  /** Logs out. */
  @Override
  public void close() throws KeyManagerException {
    try {
      provider.logout();
    } catch (LoginException e) {
      throw failed(place, "does not end the session", e);
    }
  }
}
