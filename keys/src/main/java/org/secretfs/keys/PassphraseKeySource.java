package org.secretfs.keys;

import java.util.Map;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A passphrase that a person remembers, or that another program hands over as if one did.
 *
 * <p>A new volume gets a keyslot whose derivation costs a second and a gibibyte, as far as the
 * machine has it, since such a secret can be guessed.
 */
public final class PassphraseKeySource implements KeySource {
  /** The kind, as tokens name it. */
  public static final String KIND = "passphrase";

  /** Asks for a passphrase. */
  public interface Asker {
    /**
     * Asks for the passphrase of a volume.
     *
     * @param fresh whether it is to open a volume that is being made: a person types it twice
     * @return 1 to 512 bytes that the caller closes
     */
    SecretBuffer ask(VolumeId volume, boolean fresh) throws KeySourceException;

    /** How often asking again may help. */
    int tries();
  }

  private final Asker asker;

  public PassphraseKeySource(Asker asker) {
    this.asker = asker;
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public SecretBuffer obtain(VolumeId volume) throws KeySourceException {
    return asker.ask(volume, false);
  }

  @Override
  public SecretBuffer create(VolumeId volume) throws KeySourceException {
    return asker.ask(volume, true);
  }

  @Override
  public int tries() {
    return asker.tries();
  }

  /** Always: a passphrase is nothing that is made here, so it is never held for random. */
  @Override
  public boolean exists(VolumeId volume) {
    return true;
  }

  @Override
  public Map<String, Object> tokenFacts() {
    return Map.of("kind", KIND);
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
