package org.secretfs.crypto;

import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;

/** AES-XTS put together from the JDK's own AES. Works everywhere, with every key. */
final class JdkProvider extends XtsProvider {
  @Override
  public String name() {
    return "jdk";
  }

  @Override
  public Optional<String> unavailableBecause() {
    return Optional.empty();
  }

  @Override
  SectorContext newContext(SecretBuffer key) {
    return new JdkXts(key);
  }
}
