package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Setting up a key manager by command. */
class KeyManagerInitTest {
  private final Cli cli = new Cli(Map.of());

  @TempDir private Path directory;
  private Path config = Path.of("keymanager.yaml");
  private Path credentials = Path.of("aws.env");

  @BeforeEach
  void writeConfiguration() throws Exception {
    config = directory.resolve("keymanager.yaml");
    credentials = directory.resolve("aws.env");
    Files.writeString(
        config,
        """
        listen: 127.0.0.1:8400
        state_directory: state
        root_key_file: root.key
        audit_directory: audit
        """);
  }

  private Cli.Result init(Path into, String... more) {
    String[] arguments = {
      "keymanager", "init", "--config", config.toString(), "--credentials", into.toString()
    };
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return cli.run(all);
  }

  private static String mode(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void init_emptyFolder_makesRootKeyDatabaseAndCredentialsForTheirOwnerOnly() throws Exception {
    Cli.Result result = init(credentials);
    assertThat(result.status()).as("%s", result).isZero();
    assertThat(mode(directory.resolve("root.key"))).endsWith("------");
    assertThat(mode(credentials)).isEqualTo("rw-------");
    assertThat(Files.readString(credentials))
        .contains("AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "127.0.0.1:8400");
  }

  @Test
  void init_accessKey_isNeverShown() throws Exception {
    Cli.Result result = init(credentials);
    String secret =
        Files.readString(credentials)
            .lines()
            .filter(line -> line.contains("AWS_SECRET_ACCESS_KEY="))
            .map(line -> line.replaceAll(".*AWS_SECRET_ACCESS_KEY=['\"]?([^'\"]+)['\"]?.*", "$1"))
            .findFirst()
            .orElseThrow();
    assertThat(secret).hasSizeGreaterThanOrEqualTo(40);
    assertThat(result.out() + result.err()).doesNotContain(secret);
  }

  @Test
  void init_twice_keepsTheRootKey() throws Exception {
    init(credentials);
    byte[] before = Files.readAllBytes(directory.resolve("root.key"));
    Cli.Result second = init(directory.resolve("second.env"), "--user", "second");
    assertThat(second.status()).as("%s", second).isZero();
    assertThat(Files.readAllBytes(directory.resolve("root.key"))).isEqualTo(before);
  }

  @Test
  void init_credentialsFileThere_isRefusedAndKept() throws Exception {
    Files.writeString(credentials, "mine");
    Cli.Result result = init(credentials);
    assertThat(result.status()).isNotZero();
    assertThat(result.err()).contains(credentials.toString());
    assertThat(Files.readString(credentials)).isEqualTo("mine");
    assertThat(directory.resolve("root.key")).doesNotExist();
  }

  @Test
  void init_misspelledName_pointsToLineAndNearest() throws Exception {
    Files.writeString(config, "listen: 127.0.0.1:8400\nstate_direktory: state\n");
    Cli.Result result = init(credentials);
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("keymanager.yaml:2", "state_directory");
  }
}
