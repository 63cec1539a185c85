package org.secretfs.luks;

import java.util.OptionalInt;
import java.util.SortedSet;

/**
 * The flags that a program must understand or refuse the volume; this library knows what some of
 * them mean, and supports those of a re-encryption.
 */
final class RequirementsReader {
  private RequirementsReader() {}

  private static final String REENCRYPT = "online-reencrypt-v";
  private static final int LEAST_REENCRYPT_VERSION = 2;
  private static final int MOST_REENCRYPT_VERSION = 3;

  /** The flag of a re-encryption of a version. */
  static String reencryptFlag(int version) {
    return REENCRYPT + version;
  }

  /** Returns the version of the re-encryption that is under way; refuses any other requirement. */
  static OptionalInt reencryptVersion(Fields config) throws LuksException {
    if (config.has("flags")) {
      // Flags ask for activation options and bind nobody, but they must be texts.
      config.texts("flags");
    }
    if (!config.has("requirements")) {
      return OptionalInt.empty();
    }
    Fields requirements = config.object("requirements");
    if (requirements.has("mandatory")) {
      SortedSet<String> mandatory = requirements.texts("mandatory");
      if (mandatory.size() == 1) {
        for (int version = LEAST_REENCRYPT_VERSION; version <= MOST_REENCRYPT_VERSION; version++) {
          if (mandatory.first().equals(reencryptFlag(version))) {
            return OptionalInt.of(version);
          }
        }
      }
      if (!mandatory.isEmpty()) {
        throw refusal(mandatory.first());
      }
    }
    return OptionalInt.empty();
  }

  private static LuksException refusal(String flag) {
    String printable = flag.replaceAll("[^a-zA-Z0-9_.-]", "?");
    String shown = printable.substring(0, Math.min(printable.length(), 40));
    if (shown.contains("reencrypt")) {
      return new LuksException.UnsupportedFeature(
          "the volume is in the middle of a re-encryption (requirement \"%s\")".formatted(shown));
    }
    return new LuksException.UnsupportedFeature(
        "the header requires \"%s\", which is not supported".formatted(shown));
  }
}
