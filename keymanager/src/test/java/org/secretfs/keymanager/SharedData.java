package org.secretfs.keymanager;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Data that independent implementations recorded; beside the repository, where it is there. */
public final class SharedData {
  private SharedData() {}

  /** A file or directory of it; skips the test where it is missing. */
  public static Path find(String name) {
    Path found = search(name);
    assumeTrue(found != null, "recorded data ../shared/data/" + name + " is not there");
    return found == null ? Path.of(name) : found;
  }

  private static @Nullable Path search(String name) {
    String configured = System.getenv("SECRETFS_SHARED_DATA");
    if (configured != null) {
      Path path = Path.of(configured, name);
      return Files.exists(path) ? path : null;
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path path = at.resolve("shared/data").resolve(name);
      if (Files.exists(path)) {
        return path;
      }
    }
    return null;
  }
}
