package org.secretfs.crypto.kdf;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.RIPEMD160Digest;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA224Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.digests.WhirlpoolDigest;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.secretfs.crypto.foreign.LibCrypto;

/** The hash functions that LUKS headers name. */
public enum HashAlgorithm {
  SHA1("sha1", 20, "SHA-1"),
  SHA224("sha224", 28, "SHA-224"),
  SHA256("sha256", 32, "SHA-256"),
  SHA384("sha384", 48, "SHA-384"),
  SHA512("sha512", 64, "SHA-512"),
  WHIRLPOOL("whirlpool", 64, "Whirlpool"),
  RIPEMD160("ripemd160", 20, "RIPEMD160");

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

  /** Libcrypto's implementation, where it has one. */
  Optional<MemorySegment> nativeDigest() {
    return isInJdk()
        ? LibCrypto.find().flatMap(library -> library.digest(luksName))
        : Optional.empty();
  }

  Digest newLightweightDigest() {
    return switch (this) {
      case SHA1 -> new SHA1Digest();
      case SHA224 -> new SHA224Digest();
      case SHA256 -> new SHA256Digest();
      case SHA384 -> new SHA384Digest();
      case SHA512 -> new SHA512Digest();
      case WHIRLPOOL -> new WhirlpoolDigest();
      case RIPEMD160 -> new RIPEMD160Digest();
    };
  }

  private boolean isInJdk() {
    return this != WHIRLPOOL && this != RIPEMD160;
  }

  /** Made at first use; never registered with the JDK. */
  private static final class BouncyCastle {
    static final Provider PROVIDER = new BouncyCastleProvider();
  }
}
