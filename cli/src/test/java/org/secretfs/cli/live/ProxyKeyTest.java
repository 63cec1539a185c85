package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditTrail;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.VolumeKey;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;

/** A key that the key manager releases, withdraws and releases again, while clients use it. */
class ProxyKeyTest {
  private static final String ALIAS = Lab.ALIAS;

  @TempDir Path directory;
  private Lab keys;
  private ProxyLab lab;

  @BeforeEach
  void start() throws Exception {
    ProxyLab.requireTools("qemu-io");
    keys = Lab.in(Files.createDirectory(directory.resolve("keys")));
    lab = new ProxyLab(Files.createDirectory(directory.resolve("proxy")), keys.environment());
  }

  @AfterEach
  void stop() throws Exception {
    lab.close();
    keys.end();
  }

  private String export(String more) {
    return """
      data:
        backing: {file: data.img, size: 64MiB}
        create: true
        key_source:
          kms: {key: %s, region: us-east-1, endpoint: "%s"}
          wrapped_secret: {directory: bucket}
        clients: any
    %s\
    """
        .formatted(ALIAS, keys.endpoint(), more.indent(4));
  }

  private String keyId() {
    return keys.kms().describeKey(r -> r.keyId(ALIAS)).keyMetadata().keyId();
  }

  private Process readInTheBackground() throws Exception {
    return new ProcessBuilder(
            "qemu-io", "-f", "raw", "-c", "read -P 5 0 4k", lab.uri("data").toString())
        .redirectErrorStream(true)
        .start();
  }

  /** Derives the volume key as the proxy does, from what the disk and the key manager have. */
  @BorrowsSecret(because = "the test looks for it in another process' memory")
  private byte[] volumeKey() throws Exception {
    KmsClient kms = keys.kms();
    byte[] wrapped = Files.readAllBytes(lab.directory().resolve("bucket/data.wrapped"));
    byte[] secret =
        kms.decrypt(r ->
                r.ciphertextBlob(SdkBytes.fromByteArray(wrapped))
                    .encryptionContext(java.util.Map.of("volume", "data")))
            .plaintext()
            .asByteArray();
    try (FileLuksStorage storage =
            FileLuksStorage.openReadOnly(lab.directory().resolve("data.img"));
        SecretBuffer passphrase = SecretBuffer.takeFrom(secret);
        VolumeKey key = Luks2Volume.read(storage).unlock(passphrase)) {
      return key.secret().borrow(byte[]::clone);
    }
  }

  @Test
  void serve_keyDisabledInTheKeyManager_suspendsAndTheKeyLeavesMemory() throws Exception {
    lab.configure(export("key_check: {every: 500ms, jitter: 20%}")).start();
    assertThat(lab.qemuIo("data", "write -P 5 0 16M", "flush").status()).isZero();
    assertThat(lab.qemuIo("data", "read -P 5 0 4k").status()).isZero();
    byte[] key = volumeKey();
    byte[] dataHalf = java.util.Arrays.copyOf(key, 32);
    byte[] tweakHalf = java.util.Arrays.copyOfRange(key, 32, 64);
    long pid = lab.process().pid();
    assertThat(ProcessMemory.of(pid).contains(dataHalf)).as("key in memory while open").isTrue();

    String id = keyId();
    keys.kms().disableKey(r -> r.keyId(id));
    lab.awaitState("data", "suspended");
    JsonNode status = lab.export("data");
    assertThat(status.get("reason").asText()).isEqualTo("key_withdrawn");
    assertThat(ProcessMemory.of(pid).contains(dataHalf)).as("data key after withdrawal").isFalse();
    assertThat(ProcessMemory.of(pid).contains(tweakHalf))
        .as("tweak key after withdrawal")
        .isFalse();

    Process waiting = readInTheBackground();
    assertThat(waiting.waitFor(1, TimeUnit.SECONDS)).as("waits for the key").isFalse();
    assertThat(lab.http("/readyz").body()).contains("\"usable\":0");
    keys.kms().enableKey(r -> r.keyId(id));
    assertThat(waiting.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(waiting.exitValue()).isZero();
    assertThat(ProcessMemory.of(pid).contains(dataHalf)).as("key in memory again").isTrue();
    lab.stop();
    List<String> recorded = new ArrayList<>();
    AuditTrail.read(
        lab.directory().resolve("state/audit"), e -> recorded.add(e.event().eventName()));
    assertThat(recorded)
        .containsSubsequence(
            "AskKeySource",
            "OpenExport",
            "AskKeySource",
            "SuspendExport",
            "ResumeExport",
            "CloseExport");
  }

  @Test
  void serve_keyDisabledAtStart_isDeniedAndServedWhenEnabled() throws Exception {
    lab.configure(export("open: at_start")).start();
    lab.stop();
    String id = keyId();
    keys.kms().disableKey(r -> r.keyId(id));

    lab.start();
    assertThat(lab.export("data").get("last_failure").asText()).contains("KEY_DISABLED");
    assertThat(lab.qemuIo("data", "read 0 4k").status()).isNotZero();
    keys.kms().enableKey(r -> r.keyId(id));

    assertThat(lab.qemuIo("data", "read 0 4k").status()).isZero();
  }

  @Test
  void serve_onSuspendFail_failsRequestsAndNewClients() throws Exception {
    lab.configure(export("on_suspend: fail\nkey_check: {every: 0}")).start();
    assertThat(lab.qemuIo("data", "write -P 5 0 4k").status()).isZero();
    String id = keyId();
    keys.kms().disableKey(r -> r.keyId(id));

    assertThat(lab.admin("export", "check-key", "data").get("state").asText())
        .isEqualTo("suspended");
    assertThat(lab.qemuIo("data", "read 0 4k").status()).isNotZero();
    assertThat(lab.tryAdmin("export", "resume", "data").status()).as("denied").isEqualTo(3);
    keys.kms().enableKey(r -> r.keyId(id));
    lab.admin("export", "resume", "data");

    assertThat(lab.qemuIo("data", "read -P 5 0 4k").status()).isZero();
  }

  @Test
  void serve_keyManagerAway_goesOnWithinTheGraceAndSuspendsAfter() throws Exception {
    lab.configure(export("key_check: {every: 200ms, grace: 3s}")).start();
    assertThat(lab.qemuIo("data", "write -P 5 0 4k").status()).isZero();
    keys.stopKeyManager();

    Thread.sleep(1_000);
    assertThat(lab.qemuIo("data", "read -P 5 0 4k").status()).as("within the grace").isZero();
    assertThat(lab.export("data").get("state").asText()).isEqualTo("open");
    lab.awaitState("data", "suspended");
    assertThat(lab.export("data").get("reason").asText()).isEqualTo("key_source_out_of_reach");
  }
}
