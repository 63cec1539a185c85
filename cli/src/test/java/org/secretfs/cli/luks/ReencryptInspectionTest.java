package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.cryptsetup;
import static org.secretfs.cli.luks.LuksCli.cryptsetupOpens;
import static org.secretfs.cli.luks.LuksCli.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be done to a volume in re-encryption other than going on with it. */
class ReencryptInspectionTest {
  private static final int PRIMARY = 0;
  private static final int SECONDARY = 16384;

  @TempDir private Path folder = Path.of("");
  private Path image = Path.of("");
  private Path key = Path.of("");

  @BeforeEach
  void begin() throws Exception {
    key = LuksCli.text(folder, "key", "first");
    image = LuksCli.file(folder, "image", 20 << 20);
    run("", "format", CHEAP, "--label", "a-label", image, key).done();
    run("", "token", "add", "--key-description", "my:key", "-S", "0", image).done();
    run("", "reencrypt", "--init-only", "--key-file", key, image).done();
  }

  private JsonNode theirMetadata() throws Exception {
    return new ObjectMapper()
        .readTree(cryptsetup("", "luksDump", "--dump-json-metadata", image).done().out());
  }

  private void flip(int at) throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(at);
      int old = file.read();
      file.seek(at);
      file.write(old ^ 1);
    }
  }

  @Test
  void reading_begunHere_showsWhatCryptsetupShowsAndWritesNothing() throws Exception {
    byte[] before = Files.readAllBytes(image);
    JsonNode theirs = theirMetadata();
    assertThat(run("", "dump", "--dump-json-metadata", image).done().json()).isEqualTo(theirs);
    assertThat(run("", "uuid", image).done().out())
        .isEqualTo(cryptsetup("", "luksUUID", image).done().out());
    assertThat(run("", "token", "export", "--token-id", "0", image).done().json())
        .isEqualTo(theirs.at("/tokens/0"));
    assertThat(run("", "token", "list", image).done().out()).contains("0: luks2-keyring");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void dump_json_hasTheSegmentsOfBothKindsAndTheKeyslotsOfBothKeys() throws Exception {
    JsonNode facts = run("", "dump", "--json", image).done().json();
    assertThat(facts.get("label").asText()).isEqualTo("a-label");
    assertThat(facts.at("/requirements/0").asText()).isEqualTo("online-reencrypt-v2");
    assertThat(facts.has("cipher")).isFalse();
    JsonNode reencryption = facts.get("reencryption");
    assertThat(reencryption.get("mode").asText()).isEqualTo("reencrypt");
    assertThat(reencryption.get("direction").asText()).isEqualTo("forward");
    assertThat(reencryption.get("resilience").asText()).isEqualTo("checksum");
    assertThat(reencryption.get("untouched").asBoolean()).isTrue();
    assertThat(reencryption.get("old_keyslots")).hasToString("[0]");
    assertThat(reencryption.get("new_keyslots")).hasToString("[1]");
    assertThat(facts.get("segments")).hasSize(3);
    assertThat(facts.at("/segments/0/flags")).isEmpty();
    assertThat(facts.at("/segments/1/flags/0").asText()).isEqualTo("backup-previous");
    assertThat(facts.at("/segments/2/flags/0").asText()).isEqualTo("backup-final");
    assertThat(facts.at("/segments/2/cipher").asText()).isEqualTo("aes-xts-plain64");
    assertThat(facts.get("keyslots")).hasSize(2);
  }

  private static List<String> lines(LuksCli.Result dump) {
    return dump.done().out().lines().map(line -> line.strip().replaceAll("\\s+", " ")).toList();
  }

  @Test
  void dump_text_hasTheLinesOfCryptsetup() throws Exception {
    List<String> expected =
        lines(cryptsetup("", "luksDump", image)).stream()
            .filter(line ->
                line.matches("(Requirements|Mode|Direction|Resilience|offset|flags |Area .*):.*"))
            .toList();
    assertThat(expected).hasSizeGreaterThan(13);
    assertThat(lines(run("", "dump", image)))
        .containsAll(expected)
        .contains("0: crypt", "2: crypt", "Old key: keyslots [0]", "New key: keyslots [1]");
  }

  @Test
  void dump_encryptionInPlace_showsThePlainPart() throws Exception {
    Path header = folder.resolve("header");
    Path plain = LuksCli.file(folder, "plain", 1 << 20);
    Object[] apart = {"--header", header};
    run("", "reencrypt", "--encrypt", "--init-only", CHEAP, "-q", "-d", key, apart, plain).done();
    JsonNode facts = run("", "dump", "--json", apart, plain).done().json();
    assertThat(facts.at("/reencryption/mode").asText()).isEqualTo("encrypt");
    assertThat(facts.at("/reencryption/old_keyslots")).isEmpty();
    assertThat(facts.at("/segments/0/type").asText()).isEqualTo("linear");
    assertThat(run("", "dump", apart, plain).done().out()).contains("0: linear", "(no keyslot)");
    run("", "open", "--test-passphrase", "-d", key, apart, plain).done();
  }

  @Test
  void testPassphrase_eitherKey_isTrueAndAnyOtherIsNot() throws Exception {
    byte[] before = Files.readAllBytes(image);
    Object[] test = {"open", "--test-passphrase"};
    for (Object[] which : new Object[][] {{}, {"-S", "0"}, {"-S", "1"}}) {
      run("", test, which, "--key-file", key, image).done();
      run("wrong\n", test, which, image).failed(3, "opens no keyslot");
    }
    // With -S, cryptsetup 2.6.1 opens no keyslot of such a volume.
    assertThat(cryptsetupOpens(image, "first")).isTrue();
    assertThat(cryptsetupOpens(image, "wrong")).isFalse();
    run("", test, "-S", "7", "--key-file", key, image).failed(3, "keyslot 7 is not in use");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(ints = {PRIMARY, SECONDARY})
  void repair_oneCopyDamaged_mendsItAndTheReencryptionGoesOn(int copy) throws Exception {
    JsonNode before = theirMetadata();
    flip(copy + 200);
    assertThat(run("", "dump", image).done().out()).contains("Damaged:");
    run("", "repair", image).failed(2, "nobody at a terminal");
    run("", "repair", "-q", image).done();
    assertThat(run("", "repair", "--json", image).done().json().get("repaired").isNull()).isTrue();
    assertThat(theirMetadata()).isEqualTo(before);
    run("", "reencrypt", "--resume-only", "--key-file", key, image).done();
    assertThat(cryptsetupOpens(image, "first")).isTrue();
  }

  @Test
  void erase_leavesNoKeyslotAsCryptsetupAndFormatsAgain() throws Exception {
    Path theirs = Files.copy(image, folder.resolve("theirs"));
    run("", "format", "-q", "--over-existing-data", CHEAP, image, key).failed(4, "erase");
    run("", "erase", image).failed(2, "lost for good");
    byte[] area = Arrays.copyOfRange(Files.readAllBytes(image), 2 * SECONDARY, 16 << 20);
    run("", "erase", "-q", image).done();
    cryptsetup("", "erase", "-q", theirs).done();
    JsonNode erased = theirMetadata();
    image = theirs;
    assertThat(erased).isEqualTo(theirMetadata());
    image = folder.resolve("image");
    byte[] now = Arrays.copyOfRange(Files.readAllBytes(image), 2 * SECONDARY, 16 << 20);
    for (int at = 0; at < area.length; at += SECONDARY) {
      assertThat(Arrays.equals(now, at, at + 64, area, at, at + 64)).as("at %d", at).isFalse();
    }
    run("", "open", "--test-passphrase", "--key-file", key, image).failed(3, "opens no keyslot");
    run("", "format", "-q", CHEAP, image, key).failed(4, "not blank");
    run("", "format", "-q", "--over-existing-data", CHEAP, image, key).done();
    run("", "open", "--test-passphrase", "--key-file", key, image).done();
  }

  @Test
  void headerBackup_isCryptsetupsAndNotRestored() throws Exception {
    Path ours = folder.resolve("ours");
    Path theirs = folder.resolve("theirs");
    run("", "header-backup", "--header-backup-file", ours, image).done();
    cryptsetup("", "luksHeaderBackup", "--header-backup-file", theirs, image).done();
    assertThat(ours).hasSameBinaryContentAs(theirs);
    byte[] before = Files.readAllBytes(image);
    run("", "header-restore", "-q", "--header-backup-file", ours, image)
        .failed(4, "middle of a re-encryption");
    run("", "header-restore", "-q", "--force", "--header-backup-file", ours, image)
        .failed(4, "middle of a re-encryption");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void updates_inReencryption_stayRefusedAsByCryptsetup() throws Exception {
    byte[] before = Files.readAllBytes(image);
    for (Object[] words :
        new Object[][] {
          {"config", "--label", "other", image},
          {"add-key", "--key-file", key, CHEAP, image, key},
          {"change-key", "--key-file", key, CHEAP, image, key},
          {"uuid", "-q", "--uuid", "11111111-2222-3333-4444-555555555555", image},
          {"token", "remove", "--token-id", "0", image},
        }) {
      run("", words).failed(4, "REENCRYPTION_UNFINISHED");
    }
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }
}
