package org.secretfs.crypto;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** Recorded facts that live beside the repository. */
final class SharedData {
  private static final String VARIABLE = "SECRETFS_SHARED_DATA";

  private SharedData() {}

  /** Returns a file; the test is skipped where it is missing. */
  static Path file(String name) {
    Optional<Path> file = candidates().map(d -> d.resolve(name)).filter(Files::exists).findFirst();
    Assumptions.assumeTrue(
        file.isPresent(), name + " is not in shared/data; " + VARIABLE + " names another folder");
    return file.orElseThrow();
  }

  private static Stream<Path> candidates() {
    @Nullable String override = System.getenv(VARIABLE);
    return override == null
        ? ancestors().map(d -> d.resolve("shared/data"))
        : Stream.of(override).map(Path::of);
  }

  private static Stream<Path> ancestors() {
    return Stream.iterate(Path.of("").toAbsolutePath(), d -> d != null, Path::getParent);
  }
}
