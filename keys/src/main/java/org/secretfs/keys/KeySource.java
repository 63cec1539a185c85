package org.secretfs.keys;

import java.util.List;
import java.util.Map;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Where the secret of one volume comes from; the secret is the passphrase of a LUKS keyslot, as
 * bytes.
 *
 * <p>Whoever creates one closes it. Safe for use by several threads. Making one costs nothing: no
 * network, no client library is touched before the first call that needs it.
 */
public interface KeySource extends AutoCloseable {
  /** The kind as configuration and tokens name it, such as {@code kms}. */
  String kind();

  /**
   * Returns the volume's existing secret.
   *
   * @param volume the volume, for messages and the {@link CallObserver}
   * @return 1 to 4096 bytes that the caller must close
   * @throws KeySourceException if there is none, or it is not released; nothing was changed
   */
  SecretBuffer obtain(VolumeId volume) throws KeySourceException;

  /**
   * Makes the volume's secret and returns it once its wrapped form is durable.
   *
   * <p>A wrapped secret that exists already is never overwritten: its secret is returned as by
   * {@link #obtain}. So the call can be repeated after a crash at any moment, and of two callers at
   * once both get the same secret.
   *
   * @return 1 to 4096 bytes that the caller must close
   * @throws KeySourceException if it is refused or something fails; a wrapped secret may then be
   *     stored or not, and calling again is safe
   */
  SecretBuffer create(VolumeId volume) throws KeySourceException;

  /**
   * As {@link #create}, with what the header must record. For sources whose wrapped secret is kept
   * in the header, or whose place is chosen anew each time, that is more than {@link #tokenFacts}.
   */
  default NewSecret make(VolumeId volume) throws KeySourceException {
    return new NewSecret(create(volume), tokenFacts());
  }

  /**
   * As {@link #obtain(VolumeId)}, for sources whose wrapped secret is kept in the volume's header.
   *
   * @param recorded what the header's tokens record of all its key sources: not to be believed,
   *     since whoever can write the disk can write it
   */
  default SecretBuffer obtain(VolumeId volume, List<Map<String, Object>> recorded)
      throws KeySourceException {
    return obtain(volume);
  }

  /** Whether these facts of a header's token are of this source. */
  default boolean recorded(Map<String, Object> facts) {
    return facts.equals(tokenFacts());
  }

  /**
   * How often to ask for the secret where it opens nothing; more than once where a person types.
   */
  default int tries() {
    return 1;
  }

  /** What becomes of a secret made here when its volume is closed. */
  default Keeping keeping() {
    return Keeping.STORED;
  }

  /** Whether the volume has a secret already, without obtaining it. */
  boolean exists(VolumeId volume) throws KeySourceException;

  /**
   * What a {@code secretfs} token in a LUKS2 header records so that whoever has the header can
   * obtain the secret again, given the credentials. JSON values only: strings, numbers, booleans,
   * lists and maps. Holds no secret. {@link KeySources#fromTokenFacts} reads it back.
   */
  Map<String, Object> tokenFacts();

  /** Frees connections. Secrets that were handed out stay with their owners. */
  @Override
  void close();
}
