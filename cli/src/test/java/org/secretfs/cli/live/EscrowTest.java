package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.secretfs.agent.Step;

/** A throw-away volume's key, sealed to an RSA key whose private half is elsewhere. */
class EscrowTest extends LocalVolumeTest {
  private static final String TEXT = "what the escrow saves ".repeat(50);
  private static final String ESCROWED =
      "{throwaway: {escrow: {public_key: escrow.pub, directory: sealed}}}";

  private Path privateKey = Path.of("unset");

  @BeforeEach
  void makeKeys() throws Exception {
    privateKey = makeKey("escrow", 3072);
  }

  private Path makeKey(String name, int bits) throws Exception {
    Path file = directory.resolve(name + ".pem");
    Lab.tool(
        "openssl",
        "genpkey",
        "-quiet",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:" + bits,
        "-out",
        file.toString());
    Lab.tool(
        "openssl",
        "pkey",
        "-in",
        file.toString(),
        "-pubout",
        "-out",
        directory.resolve(name + ".pub").toString());
    return file;
  }

  private void upWriteAndDown() throws Exception {
    configure(ESCROWED);
    mustSucceed("up");
    write(TEXT);
    mustSucceed("down");
  }

  private Cli.Result escrow(String action, Path key, String... more) {
    List<String> words = new ArrayList<>(List.of("escrow", action));
    words.addAll(List.of("--private-key", key.toString()));
    words.addAll(List.of("--state-directory", directory.resolve("state").toString()));
    words.addAll(List.of("--runtime-directory", directory.resolve("run").toString()));
    words.addAll(List.of(more));
    words.add(backing().toString());
    return cli.run(words.toArray(String[]::new));
  }

  private Path sealed() throws Exception {
    List<Path> files = filesIn("sealed");
    assertThat(files).hasSize(1);
    return files.getFirst();
  }

  @Test
  void escrow_afterDown_drillProvesItAndOpenMountsTheData() throws Exception {
    upWriteAndDown();
    byte[] before = Files.readAllBytes(backing());
    Cli.Result drill = escrow("drill", privateKey, "--json");
    assertThat(drill.status()).as(drill.toString()).isZero();
    assertThat(drill.json().get("opens").asBoolean()).isTrue();
    assertThat(Arrays.equals(before, Files.readAllBytes(backing()))).isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(sealed())))
        .isEqualTo("r--------");
    Cli.Result opened = escrow("open", privateKey, "--mount", mount().toString());
    assertThat(opened.status()).as(opened.toString()).isZero();
    assertThat(file()).hasContent(TEXT);
  }

  /** The disaster plan without secretfs: openssl unseals, cryptsetup opens. */
  @Test
  void sealed_byOpensslAndCryptsetup_opensTheVolume() throws Exception {
    upWriteAndDown();
    Path secret = directory.resolve("secret");
    Lab.tool(
        "openssl",
        "pkeyutl",
        "-decrypt",
        "-inkey",
        privateKey.toString(),
        "-in",
        sealed().toString(),
        "-out",
        secret.toString(),
        "-pkeyopt",
        "rsa_padding_mode:oaep",
        "-pkeyopt",
        "rsa_oaep_md:sha256",
        "-pkeyopt",
        "rsa_mgf1_md:sha256");
    assertThat(Files.size(secret)).isEqualTo(32);
    Lab.tool(
        "cryptsetup",
        "open",
        "--test-passphrase",
        "--key-file",
        secret.toString(),
        backing().toString());
  }

  @Test
  void escrowDrill_whatWasNotSealedToThisKey_isDenied() throws Exception {
    upWriteAndDown();
    assertRefused(3, "was sealed to the key SHA256:", escrow("drill", makeKey("other", 3072)));
    byte[] bytes = Files.readAllBytes(sealed());
    bytes[100] ^= 1;
    Path changed = Files.write(directory.resolve("changed"), bytes);
    String file = changed.toString();
    assertRefused(3, "was changed since", escrow("drill", privateKey, "--sealed", file));
    assertRefused(4, "does not exist", escrow("drill", privateKey, "--sealed", "/nowhere"));
  }

  private static void assertRefused(int status, String why, Cli.Result result) {
    assertThat(result.status()).as(result.toString()).isEqualTo(status);
    assertThat(result.err()).contains(why);
  }

  @Tag("long")
  @Test
  void escrowDrill_privateKeyUnderPassphrase_asksForIt() throws Exception {
    upWriteAndDown();
    Path locked = directory.resolve("locked.pem");
    Path passphrase = Files.writeString(directory.resolve("passphrase"), "correct horse\n");
    Lab.tool(
        "openssl",
        "pkcs8",
        "-topk8",
        "-v2",
        "aes-256-cbc",
        "-in",
        privateKey.toString(),
        "-out",
        locked.toString(),
        "-passout",
        "file:" + passphrase);
    assertThat(drillTyping("correct horse\n", locked).status()).isZero();
    Cli.Result wrong = drillTyping("wrong horse\n", locked);
    assertThat(wrong.status()).as(wrong.toString()).isEqualTo(3);
    assertThat(wrong.err()).contains("the passphrase is wrong");
  }

  private Cli.Result drillTyping(String typed, Path key) {
    return cli.runTyping(
        typed, "escrow", "drill", "--private-key", key.toString(), backing().toString());
  }

  @Tag("long")
  @Test
  void escrowOpen_volumeWithoutEscrow_isRefused() throws Exception {
    configure("{throwaway: {}}");
    mustSucceed("up");
    mustSucceed("down");
    Cli.Result opened = escrow("open", privateKey, "--mount", mount().toString());
    assertThat(opened.status()).as(opened.toString()).isEqualTo(4);
    assertThat(opened.err()).contains("records no escrow");
  }

  @Test
  void up_rsaKeyOf2048Bits_isRefusedBeforeAnythingIsMade() throws Exception {
    makeKey("escrow", 2048);
    configure(ESCROWED);
    mustFail(4, "has 2048 bits: must have 3072", "up");
    assertThat(filesIn("sealed")).isEmpty();
    assertThat(backing()).doesNotExist();
  }

  @Test
  void up_sealedSecretCannotBeWritten_makesNoVolume() throws Exception {
    configure(ESCROWED.replace("sealed}", "/proc/nowhere/sealed}"));
    mustFail(5, "so the volume is not made", "up");
    assertThat(backing()).doesNotExist();
  }

  @Tag("long")
  @Test
  void up_secondBoot_sealsAnotherSecretAndKeepsTheFirstFile() throws Exception {
    upWriteAndDown();
    Path first = sealed();
    mustSucceed("up");
    assertThat(filesIn("sealed")).hasSize(2).contains(first);
    assertThat(file()).doesNotExist();
    mustSucceed("down");
    assertThat(escrow("drill", privateKey).status()).isZero();
    Cli.Result old = escrow("drill", privateKey, "--sealed", first.toString());
    assertThat(old.status()).as(old.toString()).isEqualTo(3);
  }

  static Stream<Step> steps() {
    return Stream.of(
        Step.CREATE_KEY,
        Step.FORMAT,
        Step.UNLOCK,
        Step.ATTACH,
        Step.MAKE_FILE_SYSTEM,
        Step.RECORD_FILE_SYSTEM,
        Step.MOUNT);
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("steps")
  void up_killedAfterStep_nextUpsEscrowOpens(Step step) throws Exception {
    assertEscrowOpensAfterKill(step);
  }

  private void assertEscrowOpensAfterKill(Step step) throws Exception {
    configure(ESCROWED);
    killAt("up", "after", step);
    mustSucceed("up");
    write(TEXT);
    mustSucceed("down");
    Cli.Result opened = escrow("open", privateKey, "--mount", mount().toString());
    assertThat(opened.status()).as(opened.toString()).isZero();
    assertThat(file()).hasContent(TEXT);
  }
}
