package org.secretfs.cli.luks;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.CryptoException;
import org.secretfs.failure.OptionException;
import org.secretfs.luks.KeyslotEncryption;
import org.secretfs.luks.KeyslotOptions;
import picocli.CommandLine.Option;

/** What encrypts a new keyslot, where that is not as the data is. */
final class KeyslotCipher {
  @Option(
      names = "--keyslot-cipher",
      paramLabel = "CIPHER",
      description = "What encrypts the keyslot (default: as the data; LUKS2 only).")
  private @Nullable String cipher;

  @Option(
      names = "--keyslot-key-size",
      paramLabel = "BITS",
      description = "The key size of that cipher (default: the longest).")
  private @Nullable Integer keySizeBits;

  boolean isGiven() {
    return cipher != null || keySizeBits != null;
  }

  /** Empty for a keyslot encrypted as the data is, by {@code dataCipher}. */
  Optional<KeyslotEncryption> choose(String dataCipher) throws CryptoException {
    if (!isGiven()) {
      return Optional.empty();
    }
    CipherSpec spec =
        cipher == null
            ? CipherSpec.parse(dataCipher)
            : CipherName.parse("--keyslot-cipher", cipher);
    if (keySizeBits == null) {
      return Optional.of(new KeyslotEncryption(spec, spec.longestKeyBytes()));
    }
    if (keySizeBits % Byte.SIZE != 0) {
      throw new OptionException(
          "--keyslot-key-size %d: must be a multiple of 8".formatted(keySizeBits));
    }
    return Optional.of(new KeyslotEncryption(spec, keySizeBits / Byte.SIZE));
  }

  /** The options with that encryption. */
  KeyslotOptions applyTo(KeyslotOptions options, String dataCipher) throws CryptoException {
    return choose(dataCipher).map(options::withEncryption).orElse(options);
  }
}
