package org.secretfs.cli.luks;

import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.CryptoException;
import org.secretfs.failure.OptionException;

/** A cipher as an option names it: one that is none is a mistake of whoever typed it. */
final class CipherName {
  private CipherName() {}

  static CipherSpec parse(String option, String name) {
    try {
      return CipherSpec.parse(name);
    } catch (CryptoException.NotSupported e) {
      throw new OptionException("%s: %s".formatted(option, e.getMessage()), e);
    }
  }
}
