package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditTrail;
import org.secretfs.audit.delivery.TrailReport;
import org.secretfs.audit.delivery.TrailVerifier;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.s3.BucketDirectory;
import org.secretfs.keymanager.s3.BucketSettings;
import org.secretfs.keymanager.seal.Entries;
import org.secretfs.keymanager.seal.ParentKms;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.seal.SealedRoot;
import org.secretfs.keymanager.seal.SharesSeal;
import org.secretfs.keymanager.seal.Unsealing;
import org.secretfs.keymanager.sigv4.SignedClient;
import org.secretfs.keymanager.store.KeptRoot;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.trail.TrailSettings;

/** A server whose root key people unseal. */
class SealedServerTest {
  private static final Clock CLOCK = Clock.systemUTC();

  @TempDir private Path directory;

  private static SignedClient client(KeyManagerServer server) {
    return new SignedClient(
        URI.create("http://127.0.0.1:" + server.port()),
        FormerStore.ACCESS_KEY_ID,
        FormerStore.SECRET_ACCESS_KEY);
  }

  private static String decrypt(SignedClient client) throws Exception {
    SignedClient.Answer answer =
        client.call(
            "Decrypt",
            "{\"CiphertextBlob\":\"%s\",\"EncryptionContext\":{\"a\":\"b\"}}"
                .formatted(FormerStore.blob()));
    return answer.status() == 200
        ? answer.json().path("Plaintext").asText()
        : answer.status() + " " + answer.type();
  }

  private static HttpResponse<String> get(KeyManagerServer server, String path) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path)))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static KeyManagerControl.Status offer(KeyManagerControl control, String entry)
      throws Exception {
    try (SecretBuffer secret = Entries.of(entry)) {
      return control.unseal(secret);
    }
  }

  /** Puts the former store under shares, 2 of 3; returns what is written on them. */
  private static List<String> sealByShares(KeyManagerConfig config) throws Exception {
    KeyStore.open(KeyManager.files(config)).close();
    try (SharesSeal seal = SharesSeal.make(2, 3);
        KeptRoot kept = KeyStore.root(KeyManager.files(config));
        RootKey root = kept.clear().orElseThrow().copy()) {
      KeyStore.rewrap(
          KeyManager.files(config),
          root,
          fresh -> SealedRoot.of(fresh, seal).toBytes(),
          new byte[0]);
      return Entries.texts(seal);
    }
  }

  /** A frozen database, ciphertext and access key of schema version 3. */
  @Test
  void start_storeFromBeforeWrappingKeys_isMigratedAndDecryptsItsBlob() throws Exception {
    KeyManagerConfig config = FormerStore.copyTo(directory);
    byte[] formerRoot = Files.readAllBytes(config.rootKeyFile());
    for (int start = 0; start < 2; start++) {
      try (KeyManagerServer server = KeyManagerServer.start(config, CLOCK);
          SignedClient client = client(server)) {
        assertThat(decrypt(client)).isEqualTo("Wm5KdmVtVnU=");
      }
    }
    assertThat(Files.readAllBytes(config.rootKeyFile())).isNotEqualTo(formerRoot);
  }

  @Test
  void sealed_untilEnoughSharesAreEntered_refusesAllButHealth() throws Exception {
    KeyManagerConfig config = FormerStore.copyTo(directory);
    List<String> shares = sealByShares(config);
    KeyManagerControl control = new KeyManagerControl(config);
    try (KeyManagerServer server = KeyManagerServer.start(config, CLOCK);
        SignedClient client = client(server)) {
      assertThat(decrypt(client)).isEqualTo("503 KeyManagerSealedException");
      assertThat(get(server, "/healthz").statusCode()).isEqualTo(200);
      assertThat(get(server, "/healthz").body()).contains("\"status\":\"sealed\"");
      assertThat(get(server, "/readyz").statusCode()).isEqualTo(503);
      assertThat(control.status().sealed()).isTrue();

      assertThat(offer(control, shares.get(2)).seals().getFirst().missing()).isEqualTo(1);
      assertThatThrownBy(() -> offer(control, shares.get(2)))
          .isInstanceOf(KeyManagerException.Told.class)
          .hasMessageContaining("share 3")
          .hasMessageContaining("was entered already");
      assertThat(decrypt(client)).isEqualTo("503 KeyManagerSealedException");
      assertThat(offer(control, shares.get(0)).sealed()).isFalse();
      assertThat(decrypt(client)).isEqualTo("Wm5KdmVtVnU=");
      assertThat(get(server, "/readyz").statusCode()).isEqualTo(200);

      assertThat(control.seal().sealed()).isTrue();
      assertThat(decrypt(client)).isEqualTo("503 KeyManagerSealedException");
      assertThat(offer(control, shares.get(0)).seals().getFirst().missing()).isEqualTo(1);
      assertThat(control.forget().seals().getFirst().missing()).isEqualTo(2);
      offer(control, shares.get(1));
      assertThat(offer(control, shares.get(2)).sealed()).isFalse();
      assertThat(decrypt(client)).isEqualTo("Wm5KdmVtVnU=");
    }
    assertThat(recorded(config))
        .containsSubsequence("RefuseUnseal", "Unseal", "Decrypt", "Seal", "Unseal", "Decrypt");
  }

  /** Its digests need a key: while there is none, records wait, and then none is missing. */
  @Test
  void trail_whileSealed_waitsAndGoesOnWhereItWas() throws Exception {
    KeyManagerConfig config = withTrail(FormerStore.copyTo(directory));
    BucketDirectory bucket = new BucketDirectory(directory.resolve("buckets/trail"));
    List<String> shares = sealByShares(config);
    KeyManagerControl control = new KeyManagerControl(config);
    try (KeyManagerServer server = KeyManagerServer.start(config, CLOCK)) {
      assertThatThrownBy(() -> offer(control, "no share")).isInstanceOf(KeyManagerException.class);
      for (int round = 1; round <= 2; round++) {
        int before = bucket.keys().size();
        Thread.sleep(1500);
        assertThat(bucket.keys()).as("delivered while sealed").hasSize(before);
        offer(control, shares.get(0));
        offer(control, shares.get(1));
        long recorded = recorded(config).size();
        awaitRecords(bucket, config, shares, recorded);
        assertThat(get(server, "/healthz").body()).contains("\"trail\":{\"delivering\":true");
        control.seal();
      }
    }
  }

  private KeyManagerConfig withTrail(KeyManagerConfig config) {
    Duration second = Duration.ofSeconds(1);
    return config.withDelivery(
        new DeliverySettings(
            Optional.of(new BucketSettings(directory.resolve("buckets"), List.of("trail"))),
            Optional.of(
                new TrailSettings("main", "trail", "", second, second, Duration.ofDays(1)))));
  }

  private static void awaitRecords(
      BucketDirectory bucket, KeyManagerConfig config, List<String> shares, long records)
      throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    TrailReport report;
    do {
      assertThat(System.nanoTime()).as("%d records are delivered", records).isLessThan(end);
      Thread.sleep(200);
      report = verified(bucket, config, shares);
    } while (report.records() < records);
    assertThat(report.problems()).isEmpty();
    assertThat(report.lastSequence()).isEqualTo(report.records());
  }

  /** With the public keys as the owner of the shares gets them beside the server. */
  private static TrailReport verified(
      BucketDirectory bucket, KeyManagerConfig config, List<String> shares) throws Exception {
    try (KeptRoot kept = KeyManager.root(config);
        Unsealing unsealing = new Unsealing(kept.sealed().orElseThrow(), ParentKms.Factory.NONE);
        SecretBuffer first = Entries.of(shares.get(1));
        SecretBuffer second = Entries.of(shares.get(2))) {
      assertThat(unsealing.offer(first)).isEmpty();
      try (RootKey root = unsealing.offer(second).orElseThrow()) {
        return TrailVerifier.verify(bucket, KeyManager.trailKeys(config, root));
      }
    }
  }

  private static List<String> recorded(KeyManagerConfig config) throws Exception {
    List<String> names = new ArrayList<>();
    AuditTrail.read(config.auditDirectory(), entry -> names.add(entry.event().eventName()));
    return names;
  }

  @Test
  void socket_ofARunningServer_isItsOwnersAlone() throws Exception {
    KeyManagerConfig config = FormerStore.copyTo(directory);
    try (KeyManagerServer server = KeyManagerServer.start(config, CLOCK)) {
      Path socket = config.stateDirectory().resolve("admin.sock");
      assertThat(server.port()).isPositive();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThatThrownBy(() -> offer(new KeyManagerControl(config), "x".repeat(4097)))
          .isInstanceOf(KeyManagerException.Unseal.class);
    }
    assertThatThrownBy(() -> new KeyManagerControl(config).status())
        .isInstanceOf(KeyManagerException.Unavailable.class)
        .hasMessageContaining("no key manager answers");
  }
}
