package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.run;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is measured, and what of it is shown. */
class BenchmarkCommandTest {
  @Test
  void benchmark_ofSome_measuresThose() throws Exception {
    JsonNode cipher =
        run("", "benchmark", "--json", "-c", "aes-xts-plain64", "--cipher-time", "20")
            .done()
            .json();
    assertThat(cipher.get("pbkdf")).isEmpty();
    JsonNode row = cipher.get("ciphers").get(0);
    assertThat(row.get("key_size").asInt()).isEqualTo(512);
    assertThat(row.get("encryption_bytes_per_second").asLong()).isPositive();
    assertThat(row.get("decryption_bytes_per_second").asLong()).isPositive();
    JsonNode hash = run("", "benchmark", "--json", "--hash", "sha256").done().json();
    assertThat(hash.get("pbkdf").get(0).get("iterations_per_second").asLong()).isPositive();
    assertThat(hash.get("ciphers")).isEmpty();
    Object[] argon = {"--pbkdf", "argon2id", "--iter-time", "50", "--pbkdf-memory", "65536"};
    assertThat(run("", "benchmark", argon).done().out()).contains("argon2id", "requested 50 ms");
    run("", "benchmark", "-c", "aes-xts-plain64", "-s", "384").failed(2, "--key-size 384");
  }

  @Test
  @Tag("long")
  void benchmark_ofAll_hasTheRowsOfCryptsetup() throws Exception {
    JsonNode all = run("", "benchmark", "--json", "--cipher-time", "20", "-i", "200").done().json();
    assertThat(all.get("pbkdf").findValuesAsText("kdf")).contains("pbkdf2", "argon2i", "argon2id");
    assertThat(all.get("pbkdf").findValuesAsText("hash"))
        .containsExactly("sha1", "sha256", "sha512", "ripemd160", "whirlpool");
    assertThat(all.get("ciphers")).hasSize(12);
  }
}
