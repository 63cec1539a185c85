package org.secretfs.keymanager.seal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * A root key being unsealed: by the seals that need nobody, or by what people enter, one after
 * another. For one thread; whoever made one closes it.
 */
public final class Unsealing implements AutoCloseable {
  private final SealedRoot root;
  private final List<Seal> seals = new ArrayList<>();

  /** Begins; nothing is asked yet. */
  public Unsealing(SealedRoot root, ParentKms.Factory kms) throws KeyManagerException {
    this.root = root;
    for (SealedRoot.Entry entry : root.entries()) {
      seals.add(SealedRoot.seal(entry, kms));
    }
  }

  /**
   * How far a seal is.
   *
   * @param kind the seal
   * @param recovery whether it is kept for when the other is gone
   * @param needed how many secrets people must enter; 0 if it needs nobody
   * @param missing how many of these are missing
   */
  public record Progress(String kind, boolean recovery, int needed, int missing) {}

  /** How far each seal is. */
  public List<Progress> progress() {
    List<Progress> all = new ArrayList<>();
    for (int i = 0; i < seals.size(); i++) {
      Seal seal = seals.get(i);
      boolean recovery = root.entries().get(i).recovery();
      all.add(new Progress(seal.kind(), recovery, seal.needed(), seal.missing()));
    }
    return all;
  }

  /** Whether a seal needs nobody. */
  public boolean canUnattended() {
    return seals.stream().anyMatch(seal -> seal.needed() == 0);
  }

  /**
   * Asks the seals that need nobody.
   *
   * @return the root key, which the caller closes; empty if there is no such seal
   * @throws KeyManagerException if none of them gives it
   */
  public Optional<RootKey> unattended() throws KeyManagerException {
    KeyManagerException last = null;
    for (int i = 0; i < seals.size(); i++) {
      if (seals.get(i).needed() == 0) {
        try {
          return Optional.of(open(i));
        } catch (KeyManagerException e) {
          last = e;
        }
      }
    }
    throwIfAny(last);
    return Optional.empty();
  }

  private static void throwIfAny(@Nullable KeyManagerException failure) throws KeyManagerException {
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Takes what somebody entered.
   *
   * @param entry a passphrase or a share; not kept beyond {@link #close}
   * @return the root key, which the caller closes; empty as long as more is needed
   * @throws KeyManagerException.Unseal if it is wrong; what was entered before is kept, unless all
   *     was there
   */
  public Optional<RootKey> offer(SecretBuffer entry) throws KeyManagerException {
    for (int i = 0; i < seals.size(); i++) {
      Seal seal = seals.get(i);
      if (seal.needed() > 0 && seal.isMeant(entry)) {
        seal.offer(entry);
        return seal.missing() > 0 ? Optional.empty() : Optional.of(open(i));
      }
    }
    throw new KeyManagerException.Unseal(
        "what was entered is for none of the seals: " + String.join(", ", root.kinds()));
  }

  private RootKey open(int index) throws KeyManagerException {
    Seal seal = seals.get(index);
    try (SecretBuffer key = seal.key()) {
      return root.open(root.entries().get(index), key);
    } finally {
      seal.forget();
    }
  }

  /** Wipes what was entered, so that all is missing again. */
  public void forget() {
    seals.forEach(Seal::forget);
  }

  @Override
  public void close() {
    forget();
  }
}
