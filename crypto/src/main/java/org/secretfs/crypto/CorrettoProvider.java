package org.secretfs.crypto;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;

/** AES-256-XTS by the Amazon Corretto Crypto Provider, without registering it with the JDK. */
final class CorrettoProvider extends XtsProvider {
  @Override
  public String name() {
    return "corretto";
  }

  @Override
  public Optional<String> unavailableBecause() {
    return Loaded.PROBLEM;
  }

  @Override
  public Optional<String> refusesBecause(SecretBuffer key) {
    if (key.length() != XtsKey.AES_256_BYTES) {
      return Optional.of("the Corretto provider has AES-XTS with 64-byte keys only");
    }
    return XtsKey.hasEqualHalves(key)
        ? Optional.of("the Corretto provider takes no XTS key of equal halves")
        : Optional.empty();
  }

  @Override
  SectorContext newContext(SecretBuffer key) {
    return new CorrettoXts(key, AmazonCorrettoCryptoProvider.INSTANCE);
  }

  /** The provider's native library, unpacked and loaded once. */
  private static final class Loaded {
    private static final String DIRECTORY_PROPERTY = "com.amazon.corretto.crypto.provider.tmpdir";

    static final Optional<String> PROBLEM = load();

    private static Optional<String> load() {
      if (System.getProperty(DIRECTORY_PROPERTY) != null) {
        return problem();
      }
      Optional<Path> directory = ExecutableDirectory.find();
      if (directory.isEmpty()) {
        return Optional.of("no directory to unpack its library to: none may hold programs");
      }
      System.setProperty(DIRECTORY_PROPERTY, directory.get().toString());
      try {
        return problem();
      } finally {
        System.clearProperty(DIRECTORY_PROPERTY);
      }
    }

    private static Optional<String> problem() {
      try {
        @Nullable Throwable failure = AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError();
        return Optional.ofNullable(failure).map(Loaded::describe);
      } catch (LinkageError e) {
        return Optional.of(describe(e));
      }
    }

    private static String describe(Throwable failure) {
      return "its native library does not load: " + failure.getMessage();
    }
  }
}
