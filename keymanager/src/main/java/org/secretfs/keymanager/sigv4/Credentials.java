package org.secretfs.keymanager.sigv4;

import java.io.IOException;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;

/** The access keys that exist. */
public interface Credentials {
  /** The user whose access key this is; empty if there is no such key. */
  Optional<String> userOf(String accessKeyId) throws IOException;

  /** The secret of a key that exists, which the caller closes. */
  SecretBuffer secretOf(String accessKeyId, String userName) throws IOException;
}
