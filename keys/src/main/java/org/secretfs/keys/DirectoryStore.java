package org.secretfs.keys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Wrapped secrets as files of one directory: file {@code NAME}, mode 0600, in a directory that is
 * made with mode 0700 by the first write if it is missing (its parent must exist).
 *
 * <p>A name is 1 to 128 letters, digits, dots, hyphens and underscores, the first a letter or
 * digit. The file system must have hard links: a blob is written under another name, made durable,
 * and linked to its own name, which fails if that exists. Files {@code .NAME.*.tmp} that a crash
 * left are removed by the next write of the name.
 */
public final class DirectoryStore implements WrappedSecretStore {
  private static final int UUID_CHARS = 36;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /** Is told before each step of a write, so that a test can crash there. */
  @FunctionalInterface
  interface StepListener {
    void before(String step);
  }

  private final Path directory;
  private final StepListener steps;

  /** A store in this directory, which need not exist yet. */
  public DirectoryStore(Path directory) {
    this(directory, step -> {});
  }

  DirectoryStore(Path directory, StepListener steps) {
    this.directory = directory.toAbsolutePath().normalize();
    this.steps = steps;
  }

  @Override
  public Optional<byte[]> get(String name) throws KeySourceException {
    Path file = file(name);
    try {
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.empty();
      }
      return Optional.of(read(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw failed("reading", file, e);
    }
  }

  private static byte[] read(Path file) throws IOException, KeySourceException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new KeySourceException.Malformed("%s is not a regular file".formatted(file));
    }
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      return Blobs.checked(in.readNBytes(MAX_BLOB_BYTES + 1), file.toString());
    }
  }

  @Override
  public boolean putIfAbsent(String name, byte[] blob) throws KeySourceException {
    Blobs.requireStorable(blob);
    Path file = file(name);
    try {
      makeDirectory();
      boolean stored = writeAndLink(file, name, blob);
      removeTemporaryFiles(name);
      // The loser of a race syncs too: the winner may not have done so when it is read.
      steps.before("sync directory");
      sync(directory);
      return stored;
    } catch (IOException e) {
      throw failed("writing", file, e);
    }
  }

  private void makeDirectory() throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    steps.before("make directory");
    try {
      Files.createDirectory(directory, OWNER_ONLY_DIRECTORY);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
    Path parent = directory.getParent();
    if (parent != null) {
      steps.before("sync parent");
      sync(parent);
    }
  }

  private boolean writeAndLink(Path file, String name, byte[] blob) throws IOException {
    Path temporary = directory.resolve(".%s.%s.tmp".formatted(name, UUID.randomUUID()));
    writeDurably(temporary, blob);
    steps.before("link");
    try {
      Files.createLink(file, temporary);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (NoSuchFileException e) {
      // Another writer won and removed what it took for leftovers.
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      throw e;
    }
  }

  private void writeDurably(Path temporary, byte[] blob) throws IOException {
    steps.before("create");
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel channel = FileChannel.open(temporary, options, OWNER_ONLY_FILE)) {
      steps.before("write");
      ByteBuffer rest = ByteBuffer.wrap(blob);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      steps.before("sync file");
      channel.force(true);
    }
  }

  private void removeTemporaryFiles(String name) throws IOException {
    steps.before("remove temporary files");
    String start = "." + name + ".";
    int length = start.length() + UUID_CHARS + ".tmp".length();
    DirectoryStream.Filter<Path> leftovers =
        path -> {
          String found = path.getFileName().toString();
          return found.length() == length && found.startsWith(start) && found.endsWith(".tmp");
        };
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, leftovers)) {
      for (Path path : paths) {
        Files.deleteIfExists(path);
      }
    }
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public Map<String, Object> tokenFacts() {
    return Map.of("store", "directory", "path", directory.toString());
  }

  @Override
  public String describe(String name) {
    return file(name).toString();
  }

  @Override
  public void close() {}

  private Path file(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name of a wrapped secret \"%s\": must match %s".formatted(Text.shown(name), NAME));
    }
    return directory.resolve(name);
  }

  private KeySourceException failed(String doing, Path file, IOException e) {
    String message = "%s %s failed: %s".formatted(doing, file, Text.shown(String.valueOf(e)));
    return switch (e) {
      case AccessDeniedException denied ->
          new KeySourceException.Denied(KeySourceCode.POLICY_DENIED, message, denied);
      case NoSuchFileException missing ->
          new KeySourceException.NotFound(KeySourceCode.STORE_MISSING, message, missing);
      default -> new KeySourceException.Unreachable(KeySourceCode.SERVICE_UNREACHABLE, message, e);
    };
  }
}
