package org.secretfs.keys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A secret in a file, byte for byte, as {@code cryptsetup --key-file} reads it.
 *
 * <p>For trials, and for keys that another program puts on a memory file system: nobody decides
 * about the release and nothing is recorded, and whoever reads the file has the key. The file must
 * have mode 0600 or less, 1 to 4096 bytes. Removing it is how its key is withdrawn.
 */
public final class KeyFileSource implements KeySource {
  private static final int MOST_BYTES = 4096;
  private static final int NEW_BYTES = 32;
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;

  public KeyFileSource(Path file) {
    this.file = file;
  }

  @Override
  public String kind() {
    return "file";
  }

  @Override
  public SecretBuffer obtain(VolumeId volume) throws KeySourceException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      requirePrivate(volume);
      return read(volume, channel);
    } catch (NoSuchFileException e) {
      throw new KeySourceException.NotFound(
          KeySourceCode.WRAPPED_SECRET_MISSING,
          "volume %s: key file %s does not exist".formatted(volume, file),
          e);
    } catch (IOException e) {
      throw new KeySourceException.Unreachable(
          KeySourceCode.SERVICE_UNREACHABLE,
          "volume %s: key file %s cannot be read: %s".formatted(volume, file, e.getMessage()),
          e);
    }
  }

  private void requirePrivate(VolumeId volume) throws IOException, KeySourceException {
    if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
      throw new KeySourceException.Misconfigured(
          KeySourceCode.MISCONFIGURED,
          "volume %s: key file %s must be for its owner only: chmod 600".formatted(volume, file));
    }
  }

  private SecretBuffer read(VolumeId volume, FileChannel channel)
      throws IOException, KeySourceException {
    long size = channel.size();
    if (size < 1 || size > MOST_BYTES) {
      throw new KeySourceException.Malformed(
          "volume %s: key file %s has %d bytes: must be 1 to %d"
              .formatted(volume, file, size, MOST_BYTES));
    }
    SecretBuffer secret = SecretBuffer.allocate((int) size);
    boolean whole = false;
    try {
      ByteBuffer target = secret.segment().asByteBuffer();
      while (target.hasRemaining() && channel.read(target) >= 0) {
        // The file gives its bytes in as many pieces as it likes.
      }
      whole = !target.hasRemaining();
    } finally {
      if (!whole) {
        secret.close();
      }
    }
    if (!whole) {
      throw new KeySourceException.Malformed(
          "volume %s: key file %s became shorter".formatted(volume, file));
    }
    return secret;
  }

  @Override
  public SecretBuffer create(VolumeId volume) throws KeySourceException {
    if (!exists(volume)) {
      write(volume);
    }
    return obtain(volume);
  }

  private void write(VolumeId volume) throws KeySourceException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try (SecretBuffer secret = SecretBuffer.random(NEW_BYTES)) {
      Files.deleteIfExists(fresh);
      try (FileChannel channel =
          FileChannel.open(
              fresh,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(OWNER))) {
        ByteBuffer source = secret.segment().asByteBuffer();
        while (source.hasRemaining()) {
          channel.write(source);
        }
        channel.force(true);
      }
      link(fresh);
      sync(Objects.requireNonNull(file.toAbsolutePath().getParent(), "the root is no file"));
    } catch (IOException e) {
      throw new KeySourceException.Unreachable(
          KeySourceCode.SERVICE_UNREACHABLE,
          "volume %s: key file %s cannot be made: %s".formatted(volume, file, e.getMessage()),
          e);
    }
  }

  /** A link, unlike a rename, never replaces what another made meanwhile: that one counts. */
  private void link(Path fresh) throws IOException {
    try {
      Files.createLink(file, fresh);
    } catch (FileAlreadyExistsException e) {
      // The caller reads what is there.
    } finally {
      Files.delete(fresh);
    }
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public boolean exists(VolumeId volume) {
    return Files.exists(file);
  }

  @Override
  public Map<String, Object> tokenFacts() {
    return Map.of("kind", kind(), "path", file.toString());
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
