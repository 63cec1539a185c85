package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.cryptsetup;
import static org.secretfs.cli.luks.LuksCli.run;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens of a volume, as cryptsetup sees them. */
class TokenCommandTest {
  @TempDir private Path folder = Path.of("");

  private Path image = Path.of("");

  @BeforeEach
  void format() throws Exception {
    image = LuksCli.file(folder, "image", 20 << 20);
    run("first\n", "format", CHEAP, image).done();
  }

  @Test
  void token_importedListedExportedReplacedRemoved_cryptsetupAgrees() throws Exception {
    run("", "token", "add", "--key-description", "my:key", image).done();
    assertThat(cryptsetup("", "luksDump", image).out()).contains("0: luks2-keyring", "my:key");
    String json = "{\"type\":\"mine\",\"keyslots\":[],\"n\":[1,null,\"ü\"]}";
    run(json, "token", "import", "--token-id", "7", image).done();
    run(json, "token", "import", "--token-id", "7", image).failed(4, "in use");
    run(json, "token", "import", "--token-id", "7", "--token-replace", image).done();
    assertThat(run("", "token", "list", image).done().out()).contains("7: mine []");
    String ours = run("", "token", "export", "--token-id", "7", image).done().out();
    String theirs = cryptsetup("", "token", "export", "--token-id", "7", image).done().out();
    com.fasterxml.jackson.databind.ObjectMapper mapper =
        new com.fasterxml.jackson.databind.ObjectMapper();
    assertThat(mapper.readTree(ours)).isEqualTo(mapper.readTree(theirs));
    Path json7 = folder.resolve("token.json");
    run("", "token", "export", "--token-id", "7", "--json-file", json7, image).done();
    assertThat(mapper.readTree(json7.toFile())).isEqualTo(mapper.readTree(theirs));
    run("", "token", "import", "--token-id", "8", "--json-file", json7, image).done();
    assertThat(run("", "token", "list", image).done().out()).contains("8: mine []");
    run("", "token", "remove", "--token-id", "7", image).done();
    run("", "token", "remove", "--token-id", "7", image).failed(4, "no token 7");
    run("nonsense", "token", "import", image).failed(4, "TOKEN_INVALID");
  }

  @Test
  void token_notUtf8OrWithoutItsKey_isRefused() throws Exception {
    byte[] json = "{\"type\":\"a?\",\"keyslots\":[]}".getBytes(StandardCharsets.UTF_8);
    json[10] = (byte) 0xFF;
    Path file = Files.write(folder.resolve("token"), json);
    run("", "token", "import", "--json-file", file, image).failed(4, "not UTF-8");
    Files.writeString(file, "{\"type\":\"luks2-keyring\",\"keyslots\":[\"0\"]}");
    run("", "token", "import", "--json-file", file, image).failed(4, "needs a key_description");
    assertThat(cryptsetup("", "token", "import", "--json-file", file, image).status()).isNotZero();
  }

  @Test
  void token_exportToAFile_isReadByItsOwnerOnly() throws Exception {
    run("", "token", "add", "--key-description", "k", image).done();
    Path file = folder.resolve("token");
    run("", "token", "export", "--token-id", "0", "--json-file", file, image).done();
    assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
    assertThat(file).content().contains("luks2-keyring");
  }
}
