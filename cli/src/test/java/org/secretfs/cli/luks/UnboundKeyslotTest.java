package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.cryptsetup;
import static org.secretfs.cli.luks.LuksCli.cryptsetupOpens;
import static org.secretfs.cli.luks.LuksCli.run;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keyslots of another key than the volume's: they count where they are named, and only there. */
class UnboundKeyslotTest {
  private static final Object[] THREE = {"-S", "3"};

  @TempDir private Path folder = Path.of("");
  private Path image = Path.of("");

  @BeforeEach
  void addUnbound() throws Exception {
    image = LuksCli.file(folder, "image", 20 << 20);
    run("first\n", "format", CHEAP, image).done();
    run("spare\n", "add-key", CHEAP, "--unbound", "--key-size", "256", THREE, image).done();
  }

  private LuksCli.Result test(String passphrase, Object... words) {
    return run(passphrase + "\n", "open", "--test-passphrase", words, image);
  }

  private Path dumped(String passphrase, String name) {
    Path key = folder.resolve(name);
    run(passphrase + "\n", "dump", "-q", "--unbound", THREE, "--volume-key-file", key, image)
        .done();
    return key;
  }

  @Test
  void testPassphrase_named_isTrueAsWithCryptsetup() throws Exception {
    test("spare", THREE).done();
    assertThat(cryptsetupOpens(image, "spare", THREE)).isTrue();
    test("first", THREE).failed(3, "opens no keyslot (1 tried)");
    test("spare").failed(3, "opens no keyslot");
    assertThat(cryptsetupOpens(image, "spare")).isFalse();
  }

  @Test
  void open_named_isRefusedForItsKeyIsNotTheVolumes() {
    run("spare\n", "open", THREE, image, "unbound-test").failed(3, "keyslot 3 is unbound");
  }

  @Test
  void changeKey_named_keepsItsKeyAndStaysUnboundForCryptsetup() throws Exception {
    Path before = dumped("spare", "before");
    run("spare\nother\n", "change-key", CHEAP, THREE, image).done();
    test("spare", THREE).failed(3, "opens no keyslot");
    assertThat(dumped("other", "after")).hasSameBinaryContentAs(before);
    assertThat(cryptsetup("", "luksDump", image).done().out()).contains("3: luks2 (unbound)");
    assertThat(cryptsetupOpens(image, "other", THREE)).isTrue();
    test("other").failed(3, "opens no keyslot");
    test("first").done();
  }

  @Test
  void convertKey_named_getsItsIterationsAndOpensForCryptsetup() throws Exception {
    Object[] dearer = {"--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1234"};
    run("spare\n", "convert-key", dearer, THREE, image).done();
    assertThat(cryptsetup("", "luksDump", image).done().out())
        .contains("3: luks2 (unbound)", "1234");
    assertThat(cryptsetupOpens(image, "spare", THREE)).isTrue();
    test("first").done();
  }

  @Test
  void changeKey_notNamed_isDeniedAndKeepsIt() {
    run("spare\nother\n", "change-key", CHEAP, image).failed(3, "opens no keyslot");
    test("spare", THREE).done();
  }

  @Test
  void testPassphrase_keyslotFreeOrKeyOfAnotherVolume_saysSo() {
    test("first", "-S", "9").failed(3, "keyslot 9 is not in use");
    Path spare = dumped("spare", "spare");
    test("", "--volume-key-file", spare).failed(3, "the key is not this volume's");
    run("first\nother\n", "change-key", CHEAP, "-S", "9", image)
        .failed(3, "keyslot 9 is not in use");
  }
}
