package org.secretfs.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.secretfs.agent.DeviceSpec;
import org.secretfs.agent.VolumeSpec;
import org.secretfs.attach.FileSystemType;
import org.secretfs.cli.failure.CliException.WrongConfiguration;

class SecretfsConfigTest {
  private static final String GOOD =
      """
      state_directory: /var/lib/secretfs
      audit_trails: [trail]
      volumes:
        data:
          file: disk.img
          size: 2GiB
          key_source:
            kms:
              key: alias/k
              region: eu-west-1
              endpoint: http://127.0.0.1:8600/
            wrapped_secret: {directory: bucket}
          filesystem: xfs
          mount: /mnt/data
          mount_options: noatime,nodev
          attachment: fuse
          sector_size: 512
      """;

  private static SecretfsConfig parse(String yaml) throws WrongConfiguration {
    ConfigNode root = ConfigFile.parse("secretfs.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    return SecretfsConfig.of(Path.of("/etc/secretfs/secretfs.yaml"), root, Clock.systemUTC());
  }

  @Test
  void of_everyFieldGiven_readsThem() throws Exception {
    VolumeSpec volume = parse(GOOD).select(List.of("data")).getFirst();
    assertThat(volume.device())
        .isEqualTo(new DeviceSpec.BackingFile(Path.of("/etc/secretfs/disk.img"), 2L << 30));
    assertThat(volume.fileSystem()).isEqualTo(FileSystemType.XFS);
    assertThat(volume.mount()).isEqualTo(Path.of("/mnt/data"));
    assertThat(volume.mountOptions()).containsExactly("noatime", "nodev");
    assertThat(volume.attachment()).contains("fuse");
    assertThat(volume.sectorSize()).hasValue(512);
    assertThat(volume.keySource().tokenFacts())
        .containsEntry("kind", "kms")
        .containsEntry("key_id", "alias/k");
    assertThat(parse(GOOD).auditTrails()).containsExactly(Path.of("/etc/secretfs/trail"));
  }

  @Test
  void of_noContextGiven_bindsTheVolumesName() throws Exception {
    VolumeSpec volume = parse(GOOD).select(List.of("data")).getFirst();
    assertThat(volume.keySource().tokenFacts().get("encryption_context"))
        .isEqualTo(java.util.Map.of("volume", "data"));
  }

  @Test
  void of_defaults_extFourAutoAttachmentAutoSectors() throws Exception {
    String yaml = GOOD.replaceAll("(?m)^    (filesystem|attachment|sector_size).*\n", "");
    VolumeSpec volume = parse(yaml).select(List.of()).getFirst();
    assertThat(volume.fileSystem()).isEqualTo(FileSystemType.EXT4);
    assertThat(volume.attachment()).isEmpty();
    assertThat(volume.sectorSize()).isEmpty();
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake("filesystem: xfs", "filesytem: xfs", ":13: ", "did you mean 'filesystem'?"),
        mistake("filesystem: xfs", "filesystem: ext5", ":13: ", "did you mean 'ext4'?"),
        mistake("attachment: fuse", "attachment: dmcrypt", ":16: ", "did you mean 'dm-crypt'?"),
        mistake("size: 2GiB", "size: 2 gigs", ":6: ", "must be a size such as 2GiB"),
        mistake("size: 2GiB", "size: 1MiB", ":6: ", "at least 32 MiB"),
        mistake("    size: 2GiB\n", "", ":5: ", "lacks 'size'"),
        mistake("mount: /mnt/data", "mount: data", ":14: ", "must be an absolute path"),
        mistake("  data:\n", "  Data!:\n", ":5: ", "is no volume name"),
        mistake("file: disk.img", "device: /dev/x\n    file: disk.img", ":5: ", "exactly one of"),
        mistake("sector_size: 512", "sector_size: 513", ":17: ", "must be one of"),
        mistake("key: alias/k", "kye: alias/k", ":9: ", "did you mean 'key'?"),
        mistake("endpoint: http", "endpoint: ftp", ":11: ", "must be http(s)://"),
        mistake("noatime,nodev", "\"noatime; rm\"", ":15: ", "must be options"),
        mistake("volumes:", "volumes: [", ":5: ", "is not YAML"),
        mistake("mount: /mnt/data", "mount: /a\n    mount: /b", ":15: ", "stands here twice"));
  }

  private static Arguments mistake(String right, String wrong, String line, String message) {
    assertThat(GOOD).contains(right);
    return Arguments.of(GOOD.replace(right, wrong), line, message);
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void of_mistake_namesLineAndRule(String yaml, String line, String message) {
    assertThatThrownBy(() -> parse(yaml))
        .isInstanceOf(WrongConfiguration.class)
        .hasMessageStartingWith("secretfs.yaml" + line)
        .hasMessageContaining(message);
  }

  @Test
  void select_unknownVolume_namesTheNearest() throws Exception {
    SecretfsConfig config = parse(GOOD);
    assertThatThrownBy(() -> config.select(List.of("date")))
        .hasMessageContaining("has no volume 'date'; did you mean 'data'?");
  }

  @Test
  void parse_tooLarge_isRefused() {
    byte[] large = new byte[ConfigFile.MAX_BYTES + 1];
    assertThatThrownBy(() -> ConfigFile.parse("f", large)).hasMessageContaining("larger than");
  }

  @Test
  void parse_notUtf8_isRefused() {
    assertThatThrownBy(() -> ConfigFile.parse("f", new byte[] {(byte) 0xff, (byte) 0xfe}))
        .hasMessage("f: is not UTF-8 text");
  }
}
