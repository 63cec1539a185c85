package org.secretfs.crypto.pem;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.secretfs.crypto.CryptoException.UnusableFile;

/** Reads PEM files of at most 1 MiB. */
public final class PemFiles {
  private static final int MOST_BYTES = 1 << 20;
  private static final byte[] BEGIN = "-----BEGIN PRIVATE KEY-----".getBytes(US_ASCII);
  private static final byte[] END = "-----END PRIVATE KEY-----".getBytes(US_ASCII);

  private PemFiles() {}

  /**
   * The certificates of a file, at least one, in their order.
   *
   * @throws UnusableFile if it cannot be read or holds none
   */
  public static List<X509Certificate> certificates(Path file) throws UnusableFile {
    List<X509Certificate> found = new ArrayList<>();
    try {
      InputStream pem = new ByteArrayInputStream(read(file));
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        found.add((X509Certificate) one);
      }
    } catch (CertificateException e) {
      throw unusable(file, "is no file of certificates: " + e.getMessage());
    }
    if (found.isEmpty()) {
      throw unusable(file, "holds no certificate in PEM");
    }
    return List.copyOf(found);
  }

  /**
   * The certificates of a file as those to trust.
   *
   * @throws UnusableFile if it cannot be read or holds none
   */
  public static KeyStore authorities(Path file) throws UnusableFile {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      int number = 0;
      for (X509Certificate authority : certificates(file)) {
        store.setCertificateEntry("authority-" + number++, authority);
      }
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw unusable(file, "is no file of certificates: " + e.getMessage());
    }
  }

  /**
   * The private key of a file: PKCS #8 without passphrase, of RSA, EC or Ed25519.
   *
   * @throws UnusableFile if it cannot be read or is none of these
   */
  public static PrivateKey privateKey(Path file) throws UnusableFile {
    byte[] encoded = pkcs8(file);
    try {
      List<KeyFactory> kinds =
          List.of(
              KeyFactory.getInstance("EC"),
              KeyFactory.getInstance("RSA"),
              KeyFactory.getInstance("EdDSA"));
      for (KeyFactory kind : kinds) {
        try {
          return kind.generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (InvalidKeySpecException e) {
          // Of another kind.
        }
      }
      throw unusable(file, "holds a key that is neither EC nor RSA nor Ed25519");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has these kinds of keys", e);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  private static byte[] pkcs8(Path file) throws UnusableFile {
    byte[] pem = read(file);
    byte[] base64 = new byte[0];
    try {
      int begin = indexOf(pem, BEGIN, 0);
      int end = begin < 0 ? -1 : indexOf(pem, END, begin);
      if (end < 0) {
        throw unusable(file, "holds no PKCS #8 private key without passphrase in PEM");
      }
      base64 = Arrays.copyOfRange(pem, begin + BEGIN.length, end);
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw unusable(file, "holds a private key that is not in base64");
    } finally {
      Arrays.fill(pem, (byte) 0);
      Arrays.fill(base64, (byte) 0);
    }
  }

  private static int indexOf(byte[] text, byte[] wanted, int from) {
    for (int at = from; at + wanted.length <= text.length; at++) {
      if (Arrays.equals(text, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at;
      }
    }
    return -1;
  }

  private static byte[] read(Path file) throws UnusableFile {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(MOST_BYTES + 1);
      if (content.length > MOST_BYTES) {
        throw unusable(file, "is larger than %d bytes".formatted(MOST_BYTES));
      }
      return content;
    } catch (IOException e) {
      throw unusable(file, "cannot be read: " + e.getClass().getSimpleName());
    }
  }

  private static UnusableFile unusable(Path file, String what) {
    return new UnusableFile("%s %s".formatted(file, what));
  }
}
