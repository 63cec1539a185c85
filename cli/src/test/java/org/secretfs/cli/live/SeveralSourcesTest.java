package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.secretfs.agent.Step;

/** Key files, passphrases, and several sources at once. */
class SeveralSourcesTest extends LocalVolumeTest {
  private static final String TEXT = "what either source opens ".repeat(50);
  private static final String TWO = "[{key_file: first.key}, {key_file: second.key}]";

  private Path key(String name, String content) throws IOException {
    Path file = Files.writeString(directory.resolve(name), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private void upWriteAndDown(String sources) throws Exception {
    configure(sources, "    manifest: off");
    mustSucceed("up");
    write(TEXT);
    mustSucceed("down");
  }

  private void assertOpensByCryptsetup(Path key) throws Exception {
    Lab.tool(
        "cryptsetup",
        "open",
        "--test-passphrase",
        "--key-file",
        key.toString(),
        backing().toString());
  }

  @Test
  void up_firstSourceGone_secondOpensWhatTheFirstMade() throws Exception {
    configure(TWO);
    mustSucceed("up");
    write(TEXT);
    mustSucceed("down");
    JsonNode header = header();
    assertThat(header.get("keyslots")).hasSize(2);
    assertOpensByCryptsetup(directory.resolve("first.key"));
    assertOpensByCryptsetup(directory.resolve("second.key"));
    Files.delete(directory.resolve("first.key"));
    mustSucceed("up");
    assertThat(file()).hasContent(TEXT);
    assertThat(status().get("key_source").asText()).isEqualTo("file, file");
  }

  @Test
  void up_bothSourcesFail_namesEachReasonInOrderAndExitsAsTheFirst() throws Exception {
    upWriteAndDown(TWO);
    Files.delete(directory.resolve("first.key"));
    byte[] second = Files.readAllBytes(directory.resolve("second.key"));
    key("second.key", "another key");
    Cli.Result refused = run("up");
    assertThat(refused.status()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err())
        .containsSubsequence(
            "none of its key sources opens it",
            "1. file: ",
            "first.key does not exist [WRAPPED_SECRET_MISSING]",
            "2. file: ",
            "[SECRET_DOES_NOT_OPEN]",
            "try: ");
    Files.write(directory.resolve("second.key"), second);
    mustSucceed("up");
    assertThat(file()).hasContent(TEXT);
  }

  @Tag("long")
  @Test
  void up_killedBeforeTheSecondKeyslot_nextUpAddsIt() throws Exception {
    configure(TWO);
    killAt("up", "before", Step.ADD_KEYSLOT);
    assertThat(header().get("keyslots")).hasSize(1);
    mustSucceed("up");
    mustSucceed("down");
    assertThat(header().get("keyslots")).hasSize(2);
    assertOpensByCryptsetup(directory.resolve("second.key"));
  }

  /** A line in a configuration does not give somebody a way into data that is there. */
  @Test
  void up_sourceConfiguredLater_getsNoKeyslot() throws Exception {
    upWriteAndDown("{key_file: first.key}");
    configure(TWO, "    manifest: off");
    mustSucceed("up");
    mustSucceed("down");
    assertThat(header().get("keyslots")).hasSize(1);
  }

  @Test
  void up_partOfAKeyFile_isTheKeyThatCryptsetupTakes() throws Exception {
    Path file = key("first.key", "skip THE KEY and the rest");
    upWriteAndDown("{key_file: {path: first.key, offset: 5, size: 7}}");
    Lab.tool(
        "cryptsetup",
        "open",
        "--test-passphrase",
        "--key-file",
        file.toString(),
        "--keyfile-offset",
        "5",
        "--keyfile-size",
        "7",
        backing().toString());
    configure("{key_file: {path: first.key, offset: 20, size: 7}}");
    mustFail(4, "has 5 bytes from byte 20 on", "up");
  }

  @Test
  void up_passphraseFromADescriptor_opensAsCryptsetupDoes() throws Exception {
    Path typed = key("typed", "correct horse battery staple\n");
    try (FileInputStream in = new FileInputStream(typed.toFile())) {
      upWriteAndDown("{passphrase: {fd: %d}}".formatted(descriptorOf(typed)));
      mustSucceed("up");
      assertThat(file()).hasContent(TEXT);
      assertThat(in.available()).isPositive();
    }
    assertThat(header().get("keyslots").get("0").get("kdf").get("type").asText())
        .isEqualTo("argon2id");
    assertOpensByCryptsetup(key("secret", "correct horse battery staple"));
  }

  @Test
  void up_wrongPassphrase_exitsThree() throws Exception {
    Path typed = key("typed", "right\n");
    try (FileInputStream _ = new FileInputStream(typed.toFile())) {
      upWriteAndDown("{passphrase: {fd: %d}}".formatted(descriptorOf(typed)));
      try (RandomAccessFile changed = new RandomAccessFile(typed.toFile(), "rw")) {
        changed.writeBytes("wrong\n");
      }
      mustFail(3, "SECRET_DOES_NOT_OPEN", "up");
      Files.writeString(typed, "");
      mustFail(3, "PASSPHRASE_NOT_GIVEN", "up");
    }
  }

  /** The number under which this process has a file open. */
  private static int descriptorOf(Path file) throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .filter(path -> leadsTo(path, file))
          .mapToInt(path -> Integer.parseInt(path.getFileName().toString()))
          .findFirst()
          .orElseThrow();
    }
  }

  private static boolean leadsTo(Path descriptor, Path file) {
    try {
      return Files.readSymbolicLink(descriptor).equals(file);
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void up_throwawayBesideAnotherSource_isWrongConfiguration() throws Exception {
    configure("[{key_file: first.key}, {throwaway: {}}]");
    Cli.Result refused = run("up");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("must be the only one");
    Files.delete(config());
  }
}
