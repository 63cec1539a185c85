package org.secretfs.crypto.kdf;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.bouncycastle.crypto.digests.GOST3411_2012_256Digest;
import org.bouncycastle.crypto.digests.GOST3411_2012_512Digest;
import org.bouncycastle.crypto.digests.RIPEMD160Digest;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA224Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA3Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.digests.WhirlpoolDigest;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.secretfs.crypto.foreign.LibCrypto;

/**
 * The hash functions that LUKS headers name, by the names that cryptsetup gives them. Their values
 * are 20 bytes or longer, which LUKS1 needs.
 */
public enum HashAlgorithm {
  SHA1("sha1", 20, "SHA-1"),
  SHA224("sha224", 28, "SHA-224"),
  SHA256("sha256", 32, "SHA-256"),
  SHA384("sha384", 48, "SHA-384"),
  SHA512("sha512", 64, "SHA-512"),
  SHA3_224("sha3-224", 28, "SHA3-224"),
  SHA3_256("sha3-256", 32, "SHA3-256"),
  SHA3_384("sha3-384", 48, "SHA3-384"),
  SHA3_512("sha3-512", 64, "SHA3-512"),
  /** Without the flaw that libgcrypt had until 1.6.0. */
  WHIRLPOOL("whirlpool", 64, "Whirlpool"),
  RIPEMD160("ripemd160", 20, "RIPEMD160"),
  BLAKE2B_160("blake2b-160", 20, "BLAKE2B-160"),
  BLAKE2B_256("blake2b-256", 32, "BLAKE2B-256"),
  BLAKE2B_384("blake2b-384", 48, "BLAKE2B-384"),
  BLAKE2B_512("blake2b-512", 64, "BLAKE2B-512"),
  BLAKE2S_160("blake2s-160", 20, "BLAKE2S-160"),
  BLAKE2S_224("blake2s-224", 28, "BLAKE2S-224"),
  BLAKE2S_256("blake2s-256", 32, "BLAKE2S-256"),
  SM3("sm3", 32, "SM3"),
  /** Streebog, GOST R 34.11-2012. */
  STRIBOG256("stribog256", 32, "GOST3411-2012-256"),
  STRIBOG512("stribog512", 64, "GOST3411-2012-512");

  private final String luksName;
  private final int lengthBytes;
  private final String jcaName;

  HashAlgorithm(String luksName, int lengthBytes, String jcaName) {
    this.luksName = luksName;
    this.lengthBytes = lengthBytes;
    this.jcaName = jcaName;
  }

  /** Returns the algorithm that a LUKS header calls {@code name}; names are in lower case. */
  public static Optional<HashAlgorithm> ofLuksName(String name) {
    return Arrays.stream(values()).filter(hash -> hash.luksName.equals(name)).findFirst();
  }

  /** The name in a LUKS header. */
  public String luksName() {
    return luksName;
  }

  /** Bytes of a hash value. */
  public int lengthBytes() {
    return lengthBytes;
  }

  /** Returns a new digest, for one thread at a time. */
  public MessageDigest newDigest() {
    try {
      return isInJdk()
          ? MessageDigest.getInstance(jcaName)
          : MessageDigest.getInstance(jcaName, BouncyCastle.PROVIDER);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the JDK and Bouncy Castle have all of them", e);
    }
  }

  /** Libcrypto's implementation, where it has one; it takes the same names. */
  Optional<MemorySegment> nativeDigest() {
    return LibCrypto.find().flatMap(library -> library.digest(luksName));
  }

  Digest newLightweightDigest() {
    int bits = lengthBytes * Byte.SIZE;
    return switch (this) {
      case SHA1 -> new SHA1Digest();
      case SHA224 -> new SHA224Digest();
      case SHA256 -> new SHA256Digest();
      case SHA384 -> new SHA384Digest();
      case SHA512 -> new SHA512Digest();
      case SHA3_224, SHA3_256, SHA3_384, SHA3_512 -> new SHA3Digest(bits);
      case WHIRLPOOL -> new WhirlpoolDigest();
      case RIPEMD160 -> new RIPEMD160Digest();
      case BLAKE2B_160, BLAKE2B_256, BLAKE2B_384, BLAKE2B_512 -> new Blake2bDigest(bits);
      case BLAKE2S_160, BLAKE2S_224, BLAKE2S_256 -> new Blake2sDigest(bits);
      case SM3 -> new SM3Digest();
      case STRIBOG256 -> new GOST3411_2012_256Digest();
      case STRIBOG512 -> new GOST3411_2012_512Digest();
    };
  }

  private boolean isInJdk() {
    return jcaName.startsWith("SHA");
  }

  /** Made at first use; never registered with the JDK. */
  private static final class BouncyCastle {
    static final Provider PROVIDER = new BouncyCastleProvider();
  }
}
