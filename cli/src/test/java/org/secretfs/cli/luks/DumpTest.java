package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.cryptsetup;
import static org.secretfs.cli.luks.LuksCli.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What our dump says and what cryptsetup's says of one header. */
class DumpTest {
  private static final Pattern FACT = Pattern.compile("(\\s*)([^:]+?)\\s*:\\s*(.*?)\\s*");
  private static final String[] CHEAP_THEIRS = {
    "-q", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"
  };

  @TempDir private Path folder = Path.of("");
  private Path image = Path.of("");
  private Path key = Path.of("");

  @BeforeEach
  void begin() throws Exception {
    key = LuksCli.text(folder, "key", "first");
    image = LuksCli.file(folder, "image", 20 << 20);
  }

  /** The facts of a dump by section, item and name; what repeats is joined. */
  private static Map<String, String> facts(LuksCli.Result dump) {
    Map<String, String> facts = new TreeMap<>();
    String section = "";
    String item = "";
    String last = "";
    for (String line : dump.done().out().lines().toList()) {
      Matcher matcher = FACT.matcher(line);
      if (!matcher.matches()) {
        // Bytes go on over several lines.
        facts.merge(last, line.strip(), (before, more) -> (before + " " + more).strip());
        continue;
      }
      String value = matcher.group(3).replace("[bytes]", " [bytes]").replaceAll("\\s+", " ");
      boolean heading = matcher.group(1).isEmpty() && value.isEmpty();
      if (heading) {
        section = matcher.group(2) + "/";
        item = "";
      } else if (matcher.group(1).equals("  ")) {
        item = matcher.group(2) + "/";
        facts.put(section + item, value);
      } else {
        String name = matcher.group(1).isEmpty() ? "" : section + item;
        last = name + matcher.group(2);
        facts.merge(last, value, (before, more) -> before + " " + more);
      }
    }
    return facts;
  }

  private void assertAgree(List<String> notCompared) throws Exception {
    Map<String, String> theirs = facts(cryptsetup("", "luksDump", image));
    theirs.keySet().removeAll(notCompared);
    assertThat(theirs).hasSizeGreaterThan(25);
    assertThat(facts(run("", "dump", image))).containsAllEntriesOf(theirs);
  }

  @Test
  void dump_luks2_hasEachFactThatCryptsetupShows() throws Exception {
    cryptsetup("", "luksFormat", CHEAP_THEIRS, "--label", "a", "--subsystem", "b", image, key)
        .done();
    Object[] argon = {"--pbkdf", "argon2id", "--pbkdf-force-iterations", "4"};
    Object[] memory = {"--pbkdf-memory", "32", "--pbkdf-parallel", "1"};
    cryptsetup("", "luksAddKey", "-q", argon, memory, "-d", key, image, key).done();
    Object[] other = {"--unbound", "-S", "7", "--key-size", "256", "--hash", "sha512"};
    Object[] cipher = {"--keyslot-cipher", "aes-cbc-plain64", "--keyslot-key-size", "128"};
    cryptsetup("", "luksAddKey", CHEAP_THEIRS, other, cipher, "-d", key, image, key).done();
    cryptsetup("", "config", "--priority", "prefer", "-S", "0", image).done();
    cryptsetup("", "token", "add", "--key-description", "my:key", "-S", "0", image).done();
    assertAgree(List.of());
    assertThat(facts(run("", "dump", image)))
        .containsEntry("Keyslots/7/Cipher key", "128 bits")
        .containsEntry("Keyslots/7/", "luks2 (unbound)")
        .containsEntry("Digests/0/Keyslots", "0 1")
        .containsEntry("Digests/0/Segments", "0")
        .containsEntry("Flags", "(no flags)");
  }

  @Test
  void dump_inReencryption_hasEachFactThatCryptsetupShows() throws Exception {
    run("", "format", CHEAP, image, key).done();
    run("", "reencrypt", "--init-only", "-d", key, image).done();
    // There they call keyslots that hold the new key unbound, and show a key of the one with none.
    assertAgree(List.of("Keyslots/1/", "Keyslots/2/", "Keyslots/2/Key", "Keyslots/2/Priority"));
  }

  @Test
  void dump_encryptionInPlace_hasEachFactThatCryptsetupShowsAndHowFarItIs() throws Exception {
    Object[] shift = {"--reduce-device-size", "4M"};
    run("", "reencrypt", "--encrypt", "--init-only", "-q", CHEAP, shift, "-d", key, image).done();
    assertAgree(List.of("Keyslots/0/", "Keyslots/1/", "Keyslots/1/Key", "Keyslots/1/Priority"));
    assertThat(facts(run("", "dump", image)))
        .containsEntry("Keyslots/1/Shift size", "2097152 [bytes]")
        .containsEntry("Keyslots/1/Progress", "0.0 %, 0 of 16777216 [bytes]");
  }

  @Test
  void dump_luks1_hasEachFactThatCryptsetupShows() throws Exception {
    Object[] iterations = {"--pbkdf-force-iterations", "1000"};
    cryptsetup("", "luksFormat", "-q", "--type", "luks1", iterations, image, key).done();
    cryptsetup("", "luksAddKey", "-q", iterations, "-S", "3", "-d", key, image, key).done();
    Map<String, String> theirs = facts(cryptsetup("", "luksDump", image));
    Map<String, String> ours = facts(run("", "dump", image));
    JsonNode json = run("", "dump", "--json", image).done().json();
    assertThat(ours)
        .containsEntry("Version", "1")
        .containsEntry("UUID", theirs.get("UUID"))
        .containsEntry("Hash spec", theirs.get("Hash spec"))
        .containsEntry("MK bits", theirs.get("MK bits"))
        .containsEntry(
            "Data segments/0/cipher", theirs.get("Cipher name") + "-" + theirs.get("Cipher mode"))
        .containsEntry("Digests/0/Digest", theirs.get("MK digest"))
        .containsEntry("Digests/0/Salt", theirs.get("MK salt"))
        .containsEntry("Digests/0/Iterations", theirs.get("MK iterations"));
    assertThat(json.get("offset").asLong())
        .isEqualTo(512 * Long.parseLong(theirs.get("Payload offset")));
    assertThat(json.get("keyslots")).hasSize(2);
    for (JsonNode slot : json.get("keyslots")) {
      assertSlot(slot);
    }
  }

  /** Their keyslots of LUKS1 are paragraphs. */
  private void assertSlot(JsonNode slot) throws Exception {
    String dump = cryptsetup("", "luksDump", image).done().out();
    int begin = dump.indexOf("Key Slot %d: ENABLED".formatted(slot.get("number").asInt()));
    String theirs = dump.substring(begin).replaceAll("\\s+", " ");
    byte[] salt = Base64.getDecoder().decode(slot.get("salt").asText());
    assertThat(theirs)
        .contains(
            "Iterations: %d Salt: %s Key material offset: %d AF stripes: %d"
                .formatted(
                    slot.get("iterations").asInt(),
                    HexFormat.ofDelimiter(" ").formatHex(salt),
                    slot.get("area_offset").asLong() / 512,
                    slot.get("af_stripes").asInt()));
  }

  @Test
  void open_testPassphraseVerbose_namesTheKeyslot() throws Exception {
    run("", "format", CHEAP, image, key).done();
    Path second = LuksCli.text(folder, "second", "second");
    run("", "add-key", CHEAP, "-d", key, image, second).done();
    for (Path file : List.of(key, second)) {
      Object[] test = {"open", "--test-passphrase", "-v", "-d", file, image};
      String named = file.equals(key) ? "Key slot 0 unlocked." : "Key slot 1 unlocked.";
      assertThat(cryptsetup("", test).done().out()).contains(named);
      assertThat(run("", test).done().err()).contains(named);
    }
    run("", "config", "--priority", "ignore", "-S", "1", image).done();
    Object[] quiet = {"open", "--test-passphrase", "--json", "-d"};
    assertThat(run("", quiet, key, image).done().json().get("keyslot").asInt()).isZero();
    run("", "open", "--test-passphrase", "-d", second, image).failed(3, "opens no keyslot");
    run("", quiet, second, "-S", "1", image).done();
  }

  @Test
  void encrypt_sizesOfTheHeader_areThoseThatCryptsetupShows() throws Exception {
    Object[] sizes = {"--luks2-metadata-size", "64k", "--luks2-keyslots-size", "1m"};
    Object[] place = {"--reduce-device-size", "8M", "--offset", "4096", "--align-payload", "2048"};
    Path plain =
        Files.writeString(folder.resolve("plain"), "x".repeat(4 << 20) + "\0".repeat(8 << 20));
    run("", "reencrypt", "--encrypt", "-q", CHEAP, sizes, place, "-d", key, plain).done();
    assertThat(facts(cryptsetup("", "luksDump", plain)))
        .containsEntry("Metadata area", "65536 [bytes]")
        .containsEntry("Keyslots area", "1048576 [bytes]")
        .containsEntry("Data segments/0/offset", "2097152 [bytes]");
    assertThat(run("", "read", "--length", "4M", "-d", key, plain).done().out())
        .isEqualTo("x".repeat(4 << 20));
  }

  @Test
  void encrypt_headerApartAndDataFurtherIn_leavesWhatIsBefore() throws Exception {
    Path plain = Files.writeString(folder.resolve("plain"), "x".repeat(3 << 20));
    Path header = folder.resolve("header");
    Object[] sizes = {"--luks2-keyslots-size", "1m", "--offset", "4096", "--header", header};
    run("", "reencrypt", "--encrypt", CHEAP, sizes, "-d", key, plain)
        .failed(2, "without the header");
    assertThat(header).doesNotExist();
    run("", "reencrypt", "--encrypt", "-q", CHEAP, sizes, "-d", key, plain).done();
    assertThat(facts(cryptsetup("", "luksDump", header)))
        .containsEntry("Keyslots area", "1048576 [bytes]")
        .containsEntry("Data segments/0/offset", "2097152 [bytes]");
    assertThat(Files.readString(plain, java.nio.charset.StandardCharsets.ISO_8859_1))
        .startsWith("x".repeat(2 << 20));
    assertThat(run("", "read", "--header", header, "-d", key, plain).done().out())
        .isEqualTo("x".repeat(1 << 20));
  }

  @Test
  void reencrypt_reduceDeviceSize_movesTheDataAsCryptsetupDoes() throws Exception {
    run("", "format", CHEAP, "--offset", "8192", image, key).done();
    run("x".repeat(8 << 20), "write", "-d", key, image).done();
    Object[] move = {"reencrypt", "-q", "-d", key, "--reduce-device-size", "4M"};
    run("", move, "--init-only", image).done();
    assertThat(facts(cryptsetup("", "luksDump", image)))
        .containsEntry("Data segments/2/offset", "8388608 [bytes]")
        .containsEntry("Keyslots/2/Shift size", "4194304 [bytes]")
        .containsEntry("Keyslots/2/Direction", "backward");
    run("", "reencrypt", "--resume-only", "-d", key, image).done();
    assertThat(facts(cryptsetup("", "luksDump", image)))
        .containsEntry("Data segments/0/offset", "8388608 [bytes]");
    assertThat(run("", "read", "--length", "8M", "-d", key, image).done().out())
        .isEqualTo("x".repeat(8 << 20));
  }

  @Test
  void decrypt_headerMovedOut_isExplainedAndMayBeDeleted() throws Exception {
    run("", "format", CHEAP, image, key).done();
    Path header = folder.resolve("header");
    assertThat(run("", "reencrypt", "--decrypt", "-q", "-d", key, "--header", header, image).done())
        .satisfies(result -> assertThat(result.err()).contains(header + " opens nothing any more"));
    run("", "dump", header).failed(4, "may be deleted");
    cryptsetup("", "isLuks", header).done();
    assertThat(run("", "is-luks", header).done().status()).isZero();
  }
}
