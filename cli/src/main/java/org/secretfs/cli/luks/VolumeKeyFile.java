package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.input.Input;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Option;

/** The option that names a file of the volume key itself. */
final class VolumeKeyFile {
  @Option(
      names = {"--volume-key-file", "--master-key-file"},
      paramLabel = "FILE",
      description =
          "FILE holds the volume key itself, 16 to 64 bytes: it opens the volume. format and"
              + " reencrypt give this key to the volume; dump makes the file.")
  private @Nullable Path path;

  Optional<Path> path() {
    return Optional.ofNullable(path);
  }

  /** Reads it, if one was named; the caller closes it. */
  Optional<VolumeKey> read(Input input) throws IOException {
    return path == null ? Optional.empty() : Optional.of(KeyFile.readVolumeKey(path, input));
  }

  /** Opens the volume with it, or by a passphrase where none was named; the caller closes it. */
  VolumeKey unlock(LuksVolume volume, Input input, KeyOptions key, OptionalInt keyslot, Path device)
      throws IOException, SecretfsException {
    if (path != null) {
      return proven(volume, KeyFile.readVolumeKey(path, input));
    }
    return key.attempt(
        input,
        prompt(device),
        passphrase ->
            keyslot.isPresent()
                ? volume.unlock(passphrase, keyslot.getAsInt())
                : volume.unlock(passphrase));
  }

  /** The same; {@code opened} hears of the keyslot, where there is one. */
  VolumeKey unlock(
      LuksVolume volume,
      Input input,
      KeyOptions key,
      OptionalInt keyslot,
      Path device,
      IntConsumer opened)
      throws IOException, SecretfsException {
    if (path != null || keyslot.isPresent()) {
      VolumeKey volumeKey = unlock(volume, input, key, keyslot, device);
      keyslot.ifPresent(opened);
      return volumeKey;
    }
    return test(volume, input, key, keyslot, device, opened);
  }

  /**
   * Makes sure that it, or a passphrase, opens a volume or the keyslot named, of whatever key.
   *
   * @param opened hears of the keyslot, where there is one
   */
  VolumeKey test(
      LuksHeader header,
      Input input,
      KeyOptions key,
      OptionalInt keyslot,
      Path device,
      IntConsumer opened)
      throws IOException, SecretfsException {
    if (path != null) {
      return proven(header, KeyFile.readVolumeKey(path, input));
    }
    return key.attempt(
        input,
        prompt(device),
        passphrase -> {
          OpenedKeyslot found = OpenedKeyslot.test(header, passphrase, keyslot);
          opened.accept(found.number());
          return found.key();
        });
  }

  private static String prompt(Path device) {
    return "Enter passphrase for %s: ".formatted(device);
  }

  private static VolumeKey proven(LuksHeader volume, VolumeKey key) throws LuksException {
    try {
      volume.requireVolumeKey(key);
      return key;
    } catch (LuksException e) {
      key.close();
      throw e;
    }
  }
}
