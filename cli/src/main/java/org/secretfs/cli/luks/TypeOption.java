package org.secretfs.cli.luks;

import org.jspecify.annotations.Nullable;
import org.secretfs.failure.OptionException;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksHeader;
import picocli.CommandLine.Option;

/** The option that says which version a volume is meant to have. */
final class TypeOption {
  @Option(
      names = {"-M", "--type"},
      paramLabel = "TYPE",
      description = "luks1 or luks2: refuse any other; luks is either.")
  private @Nullable String type;

  /** Whether a version is meant: luks1 or luks2, or what else was found. */
  boolean means(String found) {
    return switch (type) {
      case null -> true;
      case "luks" -> true;
      case "luks1", "luks2" -> type.equals(found);
      default ->
          throw new OptionException("--type %s: must be luks1, luks2 or luks".formatted(type));
    };
  }

  void require(LuksHeader header) throws LuksException {
    String found = "luks" + header.version();
    if (!means(found)) {
      throw new LuksException.UnsupportedFeature(
          "--type %s: the volume is %s".formatted(type, found));
    }
  }
}
