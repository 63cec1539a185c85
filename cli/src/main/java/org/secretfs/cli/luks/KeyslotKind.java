package org.secretfs.cli.luks;

import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.KdfParameters;
import picocli.CommandLine.Option;

/** What a new keyslot of a volume that is there looks like. */
final class KeyslotKind {
  @Option(
      names = "--hash",
      paramLabel = "HASH",
      defaultValue = "sha256",
      description = "The hash of PBKDF2 (default: ${DEFAULT-VALUE}).")
  private String hash = "sha256";

  KdfParameters kdf(KdfOptions kdf) throws SecretfsException {
    HashAlgorithm algorithm =
        HashAlgorithm.ofLuksName(hash)
            .orElseThrow(() ->
                new CliException(
                    CliError.USAGE_WRONG, "--hash %s: no such hash is known".formatted(hash)));
    return kdf.choose(algorithm, "argon2id");
  }
}
