package org.secretfs.cli;

import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.luks.ManifestRule;

/** What {@code --manifest} may say of a device that is given by its path. */
final class ManifestOption {
  private ManifestOption() {}

  static ManifestRule rule(String manifest) throws CliException {
    return switch (manifest) {
      case "required" -> ManifestRule.REQUIRED;
      case "optional" -> new ManifestRule(ManifestRule.Mode.OPTIONAL, 1);
      case "off" -> new ManifestRule(ManifestRule.Mode.OFF, 1);
      default ->
          throw new CliException(
              CliError.USAGE_WRONG,
              "--manifest is '%s': must be required, optional or off".formatted(manifest));
    };
  }
}
