package org.secretfs.cli.seal;

import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.seal.Seal;
import org.secretfs.keymanager.seal.SealedRoot;
import org.secretfs.keymanager.seal.SharesSeal;
import org.secretfs.keymanager.store.RootSealer;

/** A seal to be made, with all that it needs. Whoever prepared it closes it. */
public final class NewSeal implements RootSealer, AutoCloseable {
  private final NewSealOptions.Kind kind;
  private final SharesOptions shares;
  private final NewSealOptions options;
  private final @Nullable SecretBuffer passphrase;
  private @Nullable RootKey root;

  NewSeal(
      NewSealOptions.Kind kind,
      SharesOptions shares,
      NewSealOptions options,
      @Nullable SecretBuffer passphrase) {
    this.kind = kind;
    this.shares = shares;
    this.options = options;
    this.passphrase = passphrase;
  }

  /** What it is called. */
  public String kind() {
    return kind.name();
  }

  /** The root key that was sealed; null as long as none was. Valid until {@link #close}. */
  public @Nullable RootKey root() {
    return root;
  }

  @Override
  public byte[] seal(RootKey fresh) throws KeyManagerException {
    root = fresh.copy();
    return switch (kind) {
      case file -> RootSealer.CLEAR.seal(fresh);
      case shares -> byShares(fresh);
      case passphrase -> by(fresh, NewSealOptions.byPassphrase(entered()));
      case pkcs11, kms -> by(fresh, options.unattended());
    };
  }

  private SecretBuffer entered() {
    if (passphrase == null) {
      throw new IllegalStateException("a passphrase is read before it is used");
    }
    return passphrase;
  }

  private byte[] byShares(RootKey fresh) throws KeyManagerException {
    try (SharesSeal seal = shares.make()) {
      shares.write(seal);
      return SealedRoot.of(fresh, seal).toBytes();
    }
  }

  private byte[] by(RootKey fresh, Seal daily) throws KeyManagerException {
    try (daily) {
      SealedRoot sealed = SealedRoot.of(fresh, daily);
      if (!shares.isRecovery()) {
        return sealed.toBytes();
      }
      try (SharesSeal seal = shares.make()) {
        shares.write(seal);
        return sealed.withRecovery(fresh, seal).toBytes();
      }
    }
  }

  @Override
  public void close() {
    if (passphrase != null) {
      passphrase.close();
    }
    if (root != null) {
      root.close();
    }
  }
}
