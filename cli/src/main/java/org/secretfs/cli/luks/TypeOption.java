package org.secretfs.cli.luks;

import org.jspecify.annotations.Nullable;
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

  void require(LuksHeader header) throws LuksException {
    String found = "luks" + header.version();
    switch (type) {
      case null -> {}
      case "luks" -> {}
      case "luks1", "luks2" -> {
        if (!type.equals(found)) {
          throw new LuksException.UnsupportedFeature(
              "--type %s: the volume is %s".formatted(type, found));
        }
      }
      default ->
          throw new IllegalArgumentException(
              "--type %s: must be luks1, luks2 or luks".formatted(type));
    }
  }
}
