package org.secretfs.cli.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.secretfs.agent.DeviceSpec;
import org.secretfs.agent.VolumeSpec;
import org.secretfs.attach.FileSystemType;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.keys.CallObserver;
import org.secretfs.keys.VolumeId;
import org.secretfs.luks.ManifestRule;

/** Reads one volume of {@code secretfs.yaml}. */
final class VolumeConfig {
  private static final Path ROOT = Path.of("/");
  private static final long LEAST_BYTES = 32L << 20;
  private static final String[] FILE_SYSTEMS = {"ext4", "xfs", "btrfs"};

  private final Path base;
  private final CallObserver observer;

  /**
   * @param base what relative paths start at: the directory of the file
   * @param observer is told of each call to a key source
   */
  VolumeConfig(Path base, CallObserver observer) {
    this.base = base;
    this.observer = observer;
  }

  VolumeSpec read(String name, ConfigNode node) throws WrongConfiguration {
    ConfigNode.Fields fields =
        node.fields(
            "device",
            "file",
            "size",
            "key_source",
            "filesystem",
            "mount",
            "mount_options",
            "attachment",
            "cipher",
            "sector_size",
            "manifest",
            "manifest_epoch");
    return new VolumeSpec(
        id(name, node),
        device(fields),
        new KeySourceConfig(base, observer).readAll(name, fields.required("key_source")),
        fileSystem(fields),
        absolute(fields.required("mount")),
        mountOptions(fields),
        attachment(fields),
        cipher(fields),
        sectorSize(fields),
        manifest(fields));
  }

  private static VolumeId id(String name, ConfigNode node) throws WrongConfiguration {
    if (!name.matches("[a-z0-9][a-z0-9._-]{0,63}")) {
      throw node.wrong(
          "is no volume name: 1 to 64 of a-z, 0-9, dot, underscore, hyphen, beginning with a"
              + " letter or digit");
    }
    return new VolumeId(name);
  }

  private DeviceSpec device(ConfigNode.Fields fields) throws WrongConfiguration {
    String kind = fields.exactlyOne("device", "file");
    if (kind.equals("device")) {
      Optional<ConfigNode> size = fields.optional("size");
      if (size.isPresent()) {
        throw size.get().wrong("belongs to 'file'; a device has its own size");
      }
      return new DeviceSpec.ExistingDevice(absolute(fields.required("device")));
    }
    Path file = fields.required("file").path(base);
    return new DeviceSpec.BackingFile(file, size(fields.required("size")));
  }

  private static long size(ConfigNode node) throws WrongConfiguration {
    OptionalLong size = Sizes.parse(node.text());
    if (size.isEmpty()) {
      throw node.wrong("is '%s' but must be a size such as 2GiB".formatted(node.text()));
    }
    if (size.getAsLong() < LEAST_BYTES || size.getAsLong() % 4096 != 0) {
      throw node.wrong(
          "is %s but must be at least %s and a multiple of 4096 bytes"
              .formatted(node.text(), Sizes.format(LEAST_BYTES)));
    }
    return size.getAsLong();
  }

  private static FileSystemType fileSystem(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("filesystem");
    return FileSystemType.named(node.isEmpty() ? "ext4" : node.get().oneOf(FILE_SYSTEMS));
  }

  private static Path absolute(ConfigNode node) throws WrongConfiguration {
    if (!node.text().startsWith("/")) {
      throw node.wrong("is '%s' but must be an absolute path".formatted(node.text()));
    }
    return node.path(ROOT);
  }

  private static List<String> mountOptions(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("mount_options");
    if (node.isEmpty()) {
      return List.of();
    }
    String text = node.get().text();
    if (!text.matches("[A-Za-z0-9_=:.,-]{1,512}")) {
      throw node.get().wrong("is '%s' but must be options as after mount -o".formatted(text));
    }
    return List.of(text.split(","));
  }

  private static Optional<String> attachment(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("attachment");
    if (node.isEmpty()) {
      return Optional.empty();
    }
    String kind = node.get().oneOf("auto", "dm-crypt", "fuse");
    return kind.equals("auto") ? Optional.empty() : Optional.of(kind);
  }

  /** What {@code manifest} and {@code manifest_epoch} say; required where they say nothing. */
  static ManifestRule manifest(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> mode = fields.optional("manifest");
    Optional<ConfigNode> epoch = fields.optional("manifest_epoch");
    String name = mode.isEmpty() ? "required" : mode.get().oneOf("required", "optional", "off");
    return new ManifestRule(
        ManifestRule.Mode.valueOf(name.toUpperCase(Locale.ROOT)),
        epoch.isEmpty() ? 1 : epoch(epoch.get()));
  }

  private static long epoch(ConfigNode node) throws WrongConfiguration {
    if (!node.text().matches("[1-9][0-9]{0,17}")) {
      throw node.wrong("is '%s' but must be a number of 1 or more".formatted(node.text()));
    }
    return Long.parseLong(node.text());
  }

  private static CipherSpec cipher(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("cipher");
    if (node.isEmpty()) {
      return CipherSpec.AES_XTS_PLAIN64;
    }
    String name = node.get().oneOf("aes-xts-plain64", "twofish-xts-plain64", "serpent-xts-plain64");
    return CipherSpec.find(name).orElseThrow();
  }

  private static OptionalInt sectorSize(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("sector_size");
    if (node.isEmpty()) {
      return OptionalInt.empty();
    }
    String size = node.get().oneOf("auto", "512", "1024", "2048", "4096");
    return size.equals("auto") ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(size));
  }
}
