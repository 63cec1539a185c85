package org.secretfs.keymanager.sigv4;

import java.io.IOException;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** The access keys that exist. */
public interface Credentials {
  /**
   * Finds an access key.
   *
   * @param sessionToken what came with a temporary key; empty for one that lasts
   * @return the signer; empty if there is no such key, or the token is not that of the key
   * @throws Refused if the token has expired
   */
  Optional<Signer> find(String accessKeyId, Optional<String> sessionToken)
      throws Refused, IOException;

  /** The secret of a key that was found, which the caller closes. */
  SecretBuffer secretOf(Signer signer) throws IOException;
}
