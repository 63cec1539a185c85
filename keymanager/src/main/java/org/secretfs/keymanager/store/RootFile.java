package org.secretfs.keymanager.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.seal.SealedRoot;

/**
 * Where a root key is kept, mode 0600: in clear or sealed.
 *
 * <p>A root key that is to take another's place is first put beside it, under a name that ends in
 * its id; which of the two counts is said by the database, whose change is one transaction. So a
 * kill at any time leaves the one that the database names.
 */
final class RootFile {
  private static final int MOST_BYTES = SealedRoot.MOST_BYTES;

  private final Path file;

  RootFile(Path file) {
    this.file = file;
  }

  boolean exists() {
    return Files.exists(file);
  }

  private Path staged(String rootId) {
    return file.resolveSibling(file.getFileName() + "." + rootId);
  }

  boolean isStaged(String rootId) {
    return Files.exists(staged(rootId));
  }

  /** Puts a root key beside the one that counts; on the disk when this returns. */
  void stage(String rootId, byte[] content) throws KeyManagerException {
    try {
      PrivateFiles.directoryOf(file);
      PrivateFiles.create(staged(rootId), content);
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable(
          "root key %s: cannot be made".formatted(staged(rootId)), e);
    }
  }

  /** Gives the staged one its name. */
  void promote(String rootId) throws KeyManagerException {
    try {
      PrivateFiles.replace(file, staged(rootId));
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable(
          "root key %s: cannot be renamed".formatted(file), e);
    }
  }

  /** Removes what rewraps left that were cut off, but not those of these ids. */
  void removeStale(List<String> kept) throws KeyManagerException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(staged("x").getParent())) {
      for (Path path : all) {
        String name = path.getFileName().toString();
        String prefix = file.getFileName() + ".";
        String id = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
        if (id.matches("[0-9a-f]{32}") && !kept.contains(id)) {
          Files.delete(path);
        }
      }
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable("root key %s: cannot be tidied".formatted(file), e);
    }
  }

  void unstage(String rootId) throws KeyManagerException {
    try {
      Files.deleteIfExists(staged(rootId));
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable(
          "root key %s: cannot be removed".formatted(staged(rootId)), e);
    }
  }

  /**
   * The root key of this id; one that was staged gets its name. Empty if neither is it.
   *
   * @return the caller closes it
   */
  Optional<KeptRoot> find(String rootId) throws KeyManagerException {
    if (exists() || !isStaged(rootId)) {
      KeptRoot present = read();
      if (present.id().equals(rootId)) {
        return Optional.of(present);
      }
      present.close();
    }
    if (!isStaged(rootId)) {
      return Optional.empty();
    }
    promote(rootId);
    return Optional.of(read());
  }

  /**
   * Reads what is there.
   *
   * @return the caller closes it
   * @throws KeyManagerException.RootKey if the file is missing, not of a known form, or open to
   *     others
   */
  KeptRoot read() throws KeyManagerException {
    byte[] text = bytes();
    try {
      if (SealedRoot.isMeant(text)) {
        return KeptRoot.sealed(SealedRoot.parse(text));
      }
      RootKey root = RootKeyFile.parse(file, text);
      return KeptRoot.clear(root);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  private byte[] bytes() throws KeyManagerException {
    if (!Files.isRegularFile(file)) {
      throw new KeyManagerException.RootKey("root key %s: no such file".formatted(file));
    }
    try (InputStream in = Files.newInputStream(file)) {
      if (PrivateFiles.openToOthers(file)) {
        throw new KeyManagerException.RootKey(
            "root key %s: others than its owner have rights to it; the mode must be 0600"
                .formatted(file));
      }
      return in.readNBytes(MOST_BYTES);
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable("root key %s: cannot be read".formatted(file), e);
    }
  }
}
