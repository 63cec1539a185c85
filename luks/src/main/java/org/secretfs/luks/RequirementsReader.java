package org.secretfs.luks;

import java.util.SortedSet;

/**
 * The flags that a program must understand or refuse the volume; this library knows what some of
 * them mean, and supports none.
 */
final class RequirementsReader {
  private RequirementsReader() {}

  static void refuseAll(Fields config) throws LuksException {
    if (config.has("flags")) {
      // Flags ask for activation options and bind nobody, but they must be texts.
      config.texts("flags");
    }
    if (!config.has("requirements")) {
      return;
    }
    Fields requirements = config.object("requirements");
    if (requirements.has("mandatory")) {
      SortedSet<String> mandatory = requirements.texts("mandatory");
      if (!mandatory.isEmpty()) {
        throw refusal(mandatory.first());
      }
    }
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
