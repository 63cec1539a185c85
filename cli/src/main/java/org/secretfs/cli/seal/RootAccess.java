package org.secretfs.cli.seal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.cli.input.Input;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.KeyManager;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.seal.SealedRoot;
import org.secretfs.keymanager.seal.Unsealing;
import org.secretfs.keymanager.store.KeptRoot;
import picocli.CommandLine.Mixin;

/** Gets at the root key within this process, by whichever of its seals. */
public final class RootAccess {
  @Mixin private EntryOptions entries = new EntryOptions();

  /**
   * The root key: by the seals that need nobody, or else by what is entered.
   *
   * @return the caller closes it
   */
  public RootKey open(KeyManagerConfig config, Input input) throws SecretfsException, IOException {
    try (KeptRoot kept = KeyManager.root(config)) {
      Optional<RootKey> clear = kept.clear();
      return clear.isPresent() ? clear.get().copy() : open(kept.sealed().orElseThrow(), input);
    }
  }

  /** The root key of a sealed one, which need not be this machine's; the caller closes it. */
  RootKey open(SealedRoot sealed, Input input) throws SecretfsException, IOException {
    try (Unsealing unsealing = new Unsealing(sealed, KmsParent::connect)) {
      if (unsealing.canUnattended() && !entries.isGiven()) {
        return unsealing.unattended().orElseThrow();
      }
      return byEntries(unsealing, input);
    }
  }

  /** The root key of a file that keeps it in clear; the caller closes it. */
  RootKey clear(Path file) throws SecretfsException {
    try (KeptRoot kept = KeptRoot.read(file)) {
      return kept.clear()
          .orElseThrow(() ->
              new KeyManagerException.RootKey(
                  "root key %s: is sealed, where the backup's was in clear".formatted(file)))
          .copy();
    }
  }

  private RootKey byEntries(Unsealing unsealing, Input input)
      throws SecretfsException, IOException {
    RootKey[] found = new RootKey[1];
    entries.<SecretfsException>hand(
        input,
        unsealing.progress(),
        entry -> {
          unsealing.offer(entry).ifPresent(root -> found[0] = root);
          return found[0] == null;
        });
    return Optional.ofNullable(found[0]).orElseThrow(() -> Missing.of(unsealing.progress()));
  }
}
