package org.secretfs.agent;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.secretfs.attach.FileSystemType;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.keys.Keeping;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.VolumeId;
import org.secretfs.luks.ManifestRule;

/**
 * What the owner configured for one volume.
 *
 * @param id its name
 * @param device where its ciphertext lives
 * @param keySources where its secrets come from, in the order in which they are tried; the first
 *     makes the volume. At least one; closed by whoever made them
 * @param fileSystem the file system to make and to expect
 * @param mount the absolute path of the directory to mount it at
 * @param mountOptions as after {@code mount -o}
 * @param attachment the wanted way to attach; empty for the best that the machine can do
 * @param cipher of a new volume
 * @param sectorSize bytes per encryption unit of a new volume; empty to suit the device
 * @param manifest whether the header must be vouched for
 */
public record VolumeSpec(
    VolumeId id,
    DeviceSpec device,
    List<KeySource> keySources,
    FileSystemType fileSystem,
    Path mount,
    List<String> mountOptions,
    Optional<String> attachment,
    CipherSpec cipher,
    OptionalInt sectorSize,
    ManifestRule manifest) {

  public VolumeSpec {
    keySources = List.copyOf(keySources);
    mountOptions = List.copyOf(mountOptions);
    if (keySources.isEmpty()) {
      throw new IllegalArgumentException("a volume needs a key source");
    }
  }

  /** The source that makes the volume. */
  public KeySource keySource() {
    return keySources.getFirst();
  }

  /** The kinds of the sources in their order, as in {@code kms, passphrase}. */
  public String keySourceKinds() {
    return keySources.stream().map(KeySource::kind).collect(Collectors.joining(", "));
  }

  /** Whether the volume is made anew at each boot. */
  boolean isThrowaway() {
    return keySource().keeping() != Keeping.STORED;
  }

  /** The volume's name. */
  public String name() {
    return id.name();
  }
}
