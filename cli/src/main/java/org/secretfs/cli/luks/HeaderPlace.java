package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.secretfs.block.BlankCheck;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.LuksProbe;

/**
 * Where a new header goes: what is there decides whether it may. Nothing that is not blank is
 * formatted without the owner's word, and a LUKS volume with keyslots never.
 */
final class HeaderPlace {
  private final Path path;
  private final boolean detached;
  private final boolean mayHoldSomething;
  private boolean holdsSomething;

  HeaderPlace(LuksDevice device, boolean mayHoldSomething) {
    this.path = device.header();
    this.detached = device.isDetached();
    this.mayHoldSomething = mayHoldSomething;
  }

  boolean holdsSomething() {
    return holdsSomething;
  }

  /** What a person at a terminal agrees to. */
  String warning() {
    return holdsSomething
        ? "This will overwrite data on %s irrevocably.".formatted(path)
        : "%s is blank: no data was found on it. It becomes a LUKS volume.".formatted(path);
  }

  /** Looks, writes nothing, and refuses what must not be formatted. */
  void requireFree() throws IOException, SecretfsException {
    if (detached && Files.notExists(path)) {
      return;
    }
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(path)) {
      LuksProbe probe = LuksProbe.probe(storage);
      if (probe.kind() == LuksProbe.Kind.UNFINISHED_FORMAT) {
        return;
      }
      boolean whole = probe.kind() == LuksProbe.Kind.LUKS2 || probe.kind() == LuksProbe.Kind.LUKS1;
      if (whole && hasKeyslots(storage)) {
        throw new CliException(
            CliError.VOLUME_HAS_KEYSLOTS,
            "%s holds a %s volume with keyslots: to destroy it, erase it first"
                .formatted(path, probe.kind()));
      }
    }
    try (FileBlockDevice blocks = FileBlockDevice.openReadOnly(path)) {
      requireBlank(BlankCheck.of(blocks));
    }
  }

  private static boolean hasKeyslots(FileLuksStorage storage) throws IOException {
    try {
      return !LuksHeader.read(storage).keyslots().isEmpty();
    } catch (LuksException.CorruptHeader e) {
      // LUKS1 by its magic only: erasing would not do, the owner's word that it may go does.
      return false;
    } catch (LuksException e) {
      // Whole, but of a kind that is not understood here: there may be any number.
      return true;
    }
  }

  private void requireBlank(BlankCheck check) throws CliException {
    holdsSomething = !check.isBlank();
    if (holdsSomething && !mayHoldSomething) {
      throw new CliException(
          CliError.DEVICE_NOT_BLANK,
          "%s is not blank: %s"
              .formatted(
                  path,
                  check
                      .signature()
                      .map(found -> "it holds " + found)
                      .orElseGet(() ->
                          "byte %d is not zero"
                              .formatted(check.firstNonZeroBytes().orElseThrow()))));
    }
  }

  /** What writes the header. */
  @FunctionalInterface
  interface Writing<R> {
    R write() throws IOException, SecretfsException;
  }

  /**
   * Has the header written. Makes the file of a detached one before, where there is none, or makes
   * it long enough; what was made for nothing is taken away again.
   */
  <R> R make(long bytes, Writing<R> writing) throws IOException, SecretfsException {
    boolean isNew = detached && Files.notExists(path);
    try {
      if (detached && (isNew || Files.isRegularFile(path))) {
        PrivateFile.make(path, bytes);
      }
      return writing.write();
    } catch (IOException | SecretfsException | RuntimeException e) {
      if (isNew) {
        Files.deleteIfExists(path);
      }
      throw e;
    }
  }
}
