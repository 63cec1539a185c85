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
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A secret in a file, byte for byte, as {@code cryptsetup --key-file} reads it.
 *
 * <p>For trials, and for keys that another program puts on a memory file system: nobody decides
 * about the release and nothing is recorded, and whoever reads the file has the key. The file must
 * have mode 0600 or less. The key is the whole file, or a part of it that is named; 1 to 4096
 * bytes. Removing the file is how its key is withdrawn. A file is made only where the whole of it
 * is the key.
 */
public final class KeyFileSource implements KeySource {
  private static final int MOST_BYTES = 4096;
  private static final int NEW_BYTES = 32;
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private final long offsetBytes;
  private final OptionalInt sizeBytes;

  /** The whole file. */
  public KeyFileSource(Path file) {
    this(file, 0, OptionalInt.empty());
  }

  /**
   * A part of a file.
   *
   * @param offsetBytes how many bytes to skip
   * @param sizeBytes how many to read, 1 to 4096; empty for all that are left
   */
  public KeyFileSource(Path file, long offsetBytes, OptionalInt sizeBytes) {
    if (offsetBytes < 0
        || (sizeBytes.isPresent()
            && (sizeBytes.getAsInt() < 1 || sizeBytes.getAsInt() > MOST_BYTES))) {
      throw new IllegalArgumentException(
          "key file's offset must be 0 or more and its size 1 to %d".formatted(MOST_BYTES));
    }
    this.file = file;
    this.offsetBytes = offsetBytes;
    this.sizeBytes = sizeBytes;
  }

  private boolean isWhole() {
    return offsetBytes == 0 && sizeBytes.isEmpty();
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
    long left = Math.max(0, channel.size() - offsetBytes);
    long size = sizeBytes.isPresent() ? sizeBytes.getAsInt() : left;
    if (size < 1 || size > MOST_BYTES || size > left) {
      throw new KeySourceException.Malformed(
          "volume %s: key file %s has %d bytes from byte %d on: must be 1 to %d%s"
              .formatted(
                  volume,
                  file,
                  left,
                  offsetBytes,
                  MOST_BYTES,
                  sizeBytes.isPresent() ? ", and %d were asked for".formatted(size) : ""));
    }
    channel.position(offsetBytes);
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
    if (!exists(volume) && isWhole()) {
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
    Map<String, Object> facts = new HashMap<>(Map.of("kind", kind(), "path", file.toString()));
    if (!isWhole()) {
      facts.put("offset", Long.toString(offsetBytes));
      sizeBytes.ifPresent(size -> facts.put("size", Integer.toString(size)));
    }
    return Map.copyOf(facts);
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
