package org.secretfs.audit.delivery;

import java.io.IOException;
import java.time.Instant;

/** Signs digest files with RSA keys that change over time. */
public interface DigestSigner {
  /** The algorithm, by the name that digest files give it. */
  String ALGORITHM = "SHA256withRSA";

  /** The fingerprint of the key that signs a digest of this end; a new one is made when due. */
  String keyFor(Instant digestEnd) throws IOException;

  /** Signs with {@link #ALGORITHM}; the same text and key always give the same. */
  byte[] sign(String fingerprint, byte[] text) throws IOException;
}
