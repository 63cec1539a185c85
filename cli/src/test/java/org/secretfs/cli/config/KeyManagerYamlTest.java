package org.secretfs.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.secretfs.cli.failure.CliException;
import org.secretfs.keymanager.RateLimits;
import org.secretfs.keymanager.ServerSettings;
import org.secretfs.keymanager.tls.TlsSettings;

class KeyManagerYamlTest {
  @TempDir private Path directory;

  private ServerSettings read(String more) throws Exception {
    Path file = directory.resolve("keymanager.yaml");
    Files.writeString(
        file,
        "listen: 127.0.0.1:1\nstate_directory: s\nroot_key_file: r\naudit_directory: a\n" + more);
    return KeyManagerYaml.read(file).server();
  }

  @Test
  void read_nothingSaid_isPlainWithUsualRates() throws Exception {
    assertThat(read("")).isEqualTo(ServerSettings.DEFAULT);
  }

  @Test
  void read_everything_isAsSaid() throws Exception {
    ServerSettings settings =
        read(
            """
            tls: {certificate: c.pem, key: c.key, client_authorities: ca.pem}
            rate_limits: {cryptographic: 0, sessions: 7}
            http: 127.0.0.1:9
            """);
    assertThat(settings.tls())
        .contains(
            new TlsSettings(
                directory.resolve("c.pem"),
                directory.resolve("c.key"),
                Optional.of(directory.resolve("ca.pem")),
                true));
    assertThat(settings.rates())
        .isEqualTo(new RateLimits(0, RateLimits.DEFAULT.managementPerSecond(), 7));
    assertThat(settings.monitor().orElseThrow().getPort()).isEqualTo(9);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tls: {certificate: c}|key",
        "tls: {certificate: c, key: k, client_certificate: optional}|needs client_authorities",
        "rate_limits: {management: -1}|must be 0 to 1000000 per second",
        "rate_limits: {management: 1000001}|must be 0 to 1000000 per second",
        "http: 192.0.2.1:9|is not a loopback address"
      })
  void read_wrong_saysWhatAndTheRule(String line, String said) {
    assertThatThrownBy(() -> read(line + "\n"))
        .isInstanceOf(CliException.WrongConfiguration.class)
        .hasMessageContaining(said);
  }
}
