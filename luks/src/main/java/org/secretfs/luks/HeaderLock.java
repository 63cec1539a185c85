package org.secretfs.luks;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * The lock that cryptsetup takes on a header: {@code flock} on the file itself, or for a block
 * device on {@code /run/cryptsetup/L_major:minor}, a file that its last holder removes.
 *
 * @see <a href="https://gitlab.com/cryptsetup/cryptsetup/-/blob/main/docs/LUKS2-locking.txt">LUKS2
 *     device locking overview</a>
 */
final class HeaderLock {
  private static final Path DIRECTORY = Path.of("/run/cryptsetup");

  private HeaderLock() {}

  static LuksStorage.Lock ofFile(Path file, LuksStorage.LockMode mode)
      throws IOException, LuksException {
    Flock lock = Flock.openReadOnly(file);
    try {
      lock.acquire(mode);
    } catch (IOException | LuksException | RuntimeException e) {
      lock.close();
      throw e;
    }
    return lock::close;
  }

  static LuksStorage.Lock ofBlockDevice(Path device, LuksStorage.LockMode mode)
      throws IOException, LuksException {
    return ofResource(resourceOf(device), mode);
  }

  private static Path resourceOf(Path device) throws IOException {
    long rdev = (long) Files.getAttribute(device, "unix:rdev");
    return directory().resolve(resourceName(rdev));
  }

  /** The name that cryptsetup gives the lock of a device number, as the C library encodes it. */
  static String resourceName(long rdev) {
    return "L_%d:%d".formatted(major(rdev), minor(rdev));
  }

  private static Path directory() throws IOException {
    try {
      Files.createDirectory(
          DIRECTORY,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      // The usual case: cryptsetup or an earlier run of ours made it.
    }
    return DIRECTORY;
  }

  /** The lock of a re-encryption; does not wait. */
  static LuksStorage.Lock ofReencryption(UUID uuid, boolean required)
      throws IOException, LuksException {
    if (!required && !mayLock()) {
      return () -> {};
    }
    Path resource = directory().resolve("LN_LUKS2-reencryption-" + uuid);
    return take(
        resource,
        lock -> {
          if (!lock.tryExclusive()) {
            throw new LuksException.HeaderBusy(
                "another program is re-encrypting the volume (lock %s)".formatted(resource));
          }
        });
  }

  private static boolean mayLock() {
    return Files.isWritable(Files.exists(DIRECTORY) ? DIRECTORY : DIRECTORY.getParent());
  }

  static LuksStorage.Lock ofResource(Path resource, LuksStorage.LockMode mode)
      throws IOException, LuksException {
    return take(resource, lock -> lock.acquire(mode));
  }

  /** How an opened file is locked. */
  private interface Taking {
    void lock(Flock lock) throws IOException, LuksException;
  }

  /** Locks a file that may be removed between opening and locking it, and begins again if so. */
  private static LuksStorage.Lock take(Path resource, Taking taking)
      throws IOException, LuksException {
    while (true) {
      Flock lock = Flock.openOrCreate(resource);
      boolean held = false;
      try {
        taking.lock(lock);
        held = isStill(resource, lock);
      } finally {
        if (!held) {
          lock.close();
        }
      }
      if (held) {
        return () -> release(resource, lock);
      }
    }
  }

  private static boolean isStill(Path resource, Flock lock) throws IOException {
    try {
      return Files.getAttribute(resource, "unix:ino").equals(lock.inode());
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Removes the file if nobody else holds or awaits it, then lets go. */
  private static void release(Path resource, Flock lock) throws IOException {
    try {
      if (lock.tryExclusive() && isStill(resource, lock)) {
        Files.delete(resource);
      }
    } finally {
      lock.close();
    }
  }

  private static long major(long rdev) {
    return ((rdev >>> 8) & 0xFFF) | ((rdev >>> 32) & ~0xFFFL);
  }

  private static long minor(long rdev) {
    return (rdev & 0xFF) | ((rdev >>> 12) & ~0xFFL & 0xFFFFFFFFL);
  }
}
