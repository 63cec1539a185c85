package org.secretfs.machinetest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The Debian system that machines boot: a raw ext4 image, its kernel and its initial RAM disk. Made
 * once and cached under the hash of the script that makes it; never written to afterwards, because
 * machines write to an overlay.
 */
record RootImage(Path disk, Path kernel, Path initrd) {
  private static final String SCRIPT = "build-root.sh";
  private static final Duration BUILD_TIME = Duration.ofMinutes(10);

  /** Returns the cached image, or makes it: about a minute and 460 MiB. */
  static RootImage obtain() throws IOException, InterruptedException {
    Path cache = Files.createDirectories(cacheFolder());
    byte[] script = Resources.bytes(SCRIPT);
    Path folder = cache.resolve(hash(script));
    try (FileChannel channel = openLock(cache);
        FileLock lock = channel.lock()) {
      if (lock.isValid() && !Files.isDirectory(folder)) {
        removeOthers(cache);
        build(script, cache, folder);
      }
    }
    return new RootImage(
        folder.resolve("root.ext4"), folder.resolve("vmlinuz"), folder.resolve("initrd"));
  }

  private static void build(byte[] script, Path cache, Path folder)
      throws IOException, InterruptedException {
    Path work = Files.createTempDirectory(cache, "building-");
    Path file = Files.write(work.resolve(SCRIPT), script);
    Commands.run(BUILD_TIME, List.of("bash", file.toString(), work.toString()));
    Files.move(work, folder, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path cacheFolder() {
    return Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
        .filter(value -> !value.isEmpty())
        .map(Path::of)
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
        .resolve("secretfs-machinetest");
  }

  private static FileChannel openLock(Path cache) throws IOException {
    return FileChannel.open(
        cache.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private static void removeOthers(Path cache) throws IOException {
    try (Stream<Path> entries = Files.list(cache)) {
      entries.filter(Files::isDirectory).forEach(RootImage::removeTree);
    }
  }

  private static void removeTree(Path folder) {
    try (Stream<Path> entries = Files.walk(folder)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(byte[] script) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(script);
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
