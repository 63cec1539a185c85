package org.secretfs.agent;

import java.util.Map;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.VolumeId;

/**
 * Stands for the key source that a header names, in commands that obtain no secret.
 *
 * @param kind as the header names it
 */
record UnaskedKeySource(String kind) implements KeySource {
  @Override
  public SecretBuffer obtain(VolumeId volume) {
    throw new IllegalStateException("this command obtains no secret");
  }

  @Override
  public SecretBuffer create(VolumeId volume) {
    throw new IllegalStateException("this command makes no secret");
  }

  @Override
  public boolean exists(VolumeId volume) {
    throw new IllegalStateException("this command asks for no secret");
  }

  @Override
  public Map<String, Object> tokenFacts() {
    return Map.of("kind", kind);
  }

  @Override
  public void close() {}
}
