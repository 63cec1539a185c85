package org.secretfs.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.CryptSegment;

class DmCryptAttachmentTest {
  private static final CryptSegment SEGMENT =
      new CryptSegment(16 << 20, OptionalLong.empty(), CryptSegment.AES_XTS_PLAIN64, 4096, 0);
  private static final String STATUS =
      """
      /dev/mapper/secretfs-data is active.
        type:    LUKS2
        cipher:  aes-xts-plain64
        keysize: 512 bits
        key location: keyring
        device:  /dev/nvme1n1
        sector size:  4096
        offset:  32768 sectors
        size:    2064384 sectors
        mode:    read/write
      """;

  @TempDir private Path folder;
  private Path blockDevices;
  private Path backing;
  private final RecordingRunner runner = new RecordingRunner();

  @BeforeEach
  void makeFolders() throws IOException {
    blockDevices = Files.createDirectory(folder.resolve("block"));
    backing = Files.createFile(folder.resolve("backing"));
  }

  @Test
  void attach_plainRequest_opensWithTheKeyOnStandardInput() throws Exception {
    addMapping("secretfs-data", "0");
    runner.answering("cryptsetup status", 0, STATUS, "");

    AttachedVolume volume = attach(false, false);

    assertThat(runner.lines())
        .containsExactly(
            "cryptsetup open --batch-mode --type luks --volume-key-file /dev/stdin --key-size 512 "
                + backing
                + " secretfs-data",
            "cryptsetup status secretfs-data");
    assertThat(runner.commands().getFirst().standardInput()).isPresent();
    assertThat(volume.device()).isEqualTo(Path.of("/dev/mapper/secretfs-data"));
    assertThat(volume.healthy()).isTrue();
  }

  @Test
  void attach_readOnlyWithDiscards_asksForBoth() throws Exception {
    addMapping("secretfs-data", "0");
    runner.answering("cryptsetup status", 0, STATUS, "");

    attach(true, true);

    assertThat(runner.lines().getFirst()).contains(" --readonly --allow-discards " + backing);
  }

  @Test
  void attach_kernelGotAnotherCipher_closesAndThrows() throws Exception {
    addMapping("secretfs-data", "0");
    runner.answering(
        "cryptsetup status", 0, STATUS.replace("aes-xts-plain64", "cipher_null-ecb"), "");

    assertThatThrownBy(() -> attach(false, false))
        .isInstanceOf(AttachException.UnexpectedContent.class)
        .hasMessageContaining("cipher_null-ecb");
    assertThat(runner.lines()).last().isEqualTo("cryptsetup close secretfs-data");
  }

  @Test
  void attach_openFails_throwsWithWhatItSaid() {
    runner.answering("cryptsetup open", 2, "", "Volume key does not match the volume.\n");

    assertThatThrownBy(() -> attach(false, false))
        .isInstanceOfSatisfying(
            AttachException.CommandFailed.class,
            failure -> assertThat(failure.exitStatus()).isEqualTo(2))
        .hasMessage("cryptsetup: exit status 2: Volume key does not match the volume.");
  }

  @Test
  void attach_mappingExists_throwsBusy() {
    runner.answering("cryptsetup open", 5, "", "Device secretfs-data already exists.\n");

    assertThatThrownBy(() -> attach(false, false)).isInstanceOf(AttachException.Busy.class);
  }

  @Test
  void find_suspendedMapping_isUnhealthy() throws Exception {
    addMapping("other", "0");
    addMapping("secretfs-data", "1");

    assertThat(attachment().find("data").orElseThrow().unhealthyBecause())
        .contains("the mapping is suspended");
    assertThat(attachment().find("other")).isEmpty();
  }

  @Test
  void parts_ofAMapping_areWhatCryptsetupSays() throws Exception {
    addMapping("secretfs-data", "0");
    runner.answering("cryptsetup status", 0, STATUS, "");

    AttachedVolume volume = attachment().find("data").orElseThrow();

    assertThat(attachment().parts(volume))
        .contains(
            new VolumeParts(
                Path.of("/dev/nvme1n1"),
                Optional.empty(),
                false,
                2064384L * 512,
                Optional.of("aes-xts-plain64"),
                OptionalInt.of(512)));
    runner.answering("cryptsetup status", 0, STATUS.replace("read/write", "readonly"), "");
    assertThat(attachment().parts(volume).orElseThrow().readOnly()).isTrue();
    runner.answering("cryptsetup status", 4, "", "");
    assertThat(attachment().parts(volume)).isEmpty();
  }

  @Test
  void detach_notAttached_runsNothing() throws Exception {
    attachment().detach("data");

    assertThat(runner.lines()).isEmpty();
  }

  @Test
  void detach_inUse_throwsBusy() throws Exception {
    addMapping("secretfs-data", "0");
    runner.answering("cryptsetup close", 5, "", "Device secretfs-data is still in use.\n");

    assertThatThrownBy(() -> attachment().detach("data")).isInstanceOf(AttachException.Busy.class);
  }

  @Test
  void unavailableBecause_cryptTargetThere_isEmpty() {
    runner.answering(
        "dmsetup targets", 0, "striped          v1.6.0\ncrypt            v1.24.0\n", "");

    assertThat(attachment().unavailableBecause()).isEmpty();
  }

  @Test
  void unavailableBecause_kernelWithoutDeviceMapper_saysSo() {
    runner.answering("dmsetup targets", 1, "", "/dev/mapper/control: open failed\n");

    assertThat(attachment().unavailableBecause().orElseThrow()).contains("device-mapper");
  }

  @Test
  void unavailableBecause_withoutCryptsetup_namesThePackage() {
    runner.without("cryptsetup");

    assertThat(attachment().unavailableBecause().orElseThrow()).contains("cryptsetup-bin");
  }

  private DmCryptAttachment attachment() {
    return new DmCryptAttachment(runner, blockDevices);
  }

  private AttachedVolume attach(boolean readOnly, boolean discards) throws AttachException {
    try (SecretBuffer key = SecretBuffer.random(64)) {
      AttachRequest request = AttachRequest.of("data", backing, key, SEGMENT);
      request = readOnly ? request.asReadOnly() : request;
      return attachment().attach(discards ? request.withDiscards() : request);
    }
  }

  private void addMapping(String name, String suspended) throws IOException {
    Path dm = blockDevices.resolve("dm-" + name.hashCode()).resolve("dm");
    Files.createDirectories(dm);
    Files.writeString(dm.resolve("name"), name + "\n");
    Files.writeString(dm.resolve("suspended"), suspended + "\n");
  }
}
