package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.attach.SystemCommandRunner;
import org.secretfs.cli.Main;
import org.secretfs.cli.config.KeyManagerYaml;
import org.secretfs.cli.seal.KmsParent;
import org.secretfs.keymanager.KeyManagerControl;
import org.secretfs.keymanager.KeyManagerServer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.KmsException;

/** Seals of the root key by command: initialised, unsealed, rewrapped, backed up, and lost. */
class KeyManagerSealTest {
  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/softhsm/libsofthsm2.so"),
          Path.of("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"));

  @TempDir private Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private Cli cli = new Cli(Map.of());

  @BeforeEach
  void configure() throws Exception {
    cli = new Cli(environment);
    configure("km");
    Files.writeString(path("passphrase"), "correct horse\n");
    Files.writeString(path("wrong"), "incorrect horse\n");
  }

  private void configure(String name) throws Exception {
    Files.writeString(
        path(name + ".yaml"),
        """
        listen: 127.0.0.1:0
        state_directory: %1$s
        root_key_file: %1$s.key
        audit_directory: %1$s-audit
        """
            .formatted(name));
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private Cli.Result run(String command, Object... more) {
    return cli.run(arguments("km", command, more));
  }

  private String[] arguments(String name, String command, Object... more) {
    List<String> all = new ArrayList<>(List.of("keymanager", command));
    all.addAll(List.of("--config", path(name + ".yaml").toString()));
    Stream.of(more).map(Object::toString).forEach(all::add);
    return all.toArray(new String[0]);
  }

  private static void done(Cli.Result result) {
    assertThat(result.status()).as("%s", result).isZero();
  }

  private void init(Object... seal) {
    List<Object> all = new ArrayList<>(List.of(seal));
    all.addAll(List.of("--credentials", path("a.env"), "--policy", "AdministratorAccess"));
    done(run("init", all.toArray()));
  }

  private KeyManagerServer serve(String name) throws Exception {
    return KeyManagerServer.start(
        KeyManagerYaml.read(path(name + ".yaml")), KmsParent::connect, Clock.systemUTC());
  }

  private KmsClient client(int port) throws Exception {
    return KmsClient.builder()
        .region(Region.US_EAST_1)
        .endpointOverride(URI.create("http://127.0.0.1:" + port))
        .overrideConfiguration(settings -> settings.retryStrategy(retry -> retry.maxAttempts(1)))
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(
                    credential("AWS_ACCESS_KEY_ID"), credential("AWS_SECRET_ACCESS_KEY"))))
        .build();
  }

  private String credential(String name) throws Exception {
    Matcher value = Pattern.compile(name + "=(.*)").matcher(Files.readString(path("a.env")));
    assertThat(value.find()).isTrue();
    return value.group(1);
  }

  private static SdkBytes encrypt(KmsClient kms) {
    String keyId = kms.createKey(ask -> {}).keyMetadata().keyId();
    return kms.encrypt(ask -> ask.keyId(keyId).plaintext(SdkBytes.fromUtf8String("old")))
        .ciphertextBlob();
  }

  private static String decrypt(KmsClient kms, SdkBytes blob) {
    return kms.decrypt(ask -> ask.ciphertextBlob(blob)).plaintext().asUtf8String();
  }

  private Path share(int number) {
    return path("shares").resolve("share-%02d".formatted(number));
  }

  private boolean isSealed() throws Exception {
    Cli.Result status = run("seal-status", "--json");
    done(status);
    return status.json().path("sealed").booleanValue();
  }

  /** One life: passphrase, rewrapped to shares while serving, sealed, backed up, lost, restored. */
  @Test
  void passphrase_rewrappedToSharesWhileServing_thenBackedUpAndRestored() throws Exception {
    init("--seal", "passphrase", "--new-passphrase-file", path("passphrase"));
    SdkBytes blob;
    try (KeyManagerServer server = serve("km");
        KmsClient kms = client(server.port())) {
      assertThatThrownBy(() -> kms.listKeys(ask -> {}))
          .isInstanceOf(KmsException.class)
          .hasMessageContaining("is sealed");
      assertThat(run("unseal", "--passphrase-file", path("wrong")).status()).isEqualTo(3);
      done(run("unseal", "--passphrase-file", path("passphrase")));
      blob = encrypt(kms);
      done(
          run(
              "rewrap",
              "--to",
              "shares",
              "--shares",
              3,
              "--threshold",
              2,
              "--shares-directory",
              path("shares"),
              "--passphrase-file",
              path("passphrase")));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(share(1))))
          .isEqualTo("rw-------");
      assertThat(decrypt(kms, blob)).isEqualTo("old");

      done(run("seal"));
      assertThatThrownBy(() -> decrypt(kms, blob)).hasMessageContaining("is sealed");
      assertThat(run("unseal", "--passphrase-file", path("passphrase")).status()).isEqualTo(3);
      Cli.Result first = run("unseal", "--share-file", share(1));
      done(first);
      assertThat(first.out()).contains("sealed: shares: 1 of 2 entered");
      assertThat(run("unseal", "--share-file", share(1)).err()).contains("was entered already");
      done(run("unseal", "--share-file", share(3)));
      assertThat(decrypt(kms, blob)).isEqualTo("old");
      done(run("backup", path("backup")));
      assertThat(run("backup", path("backup")).status()).isEqualTo(4);
    }
    Path state = path("km");
    try (Stream<Path> all = Files.list(state)) {
      for (Path file : all.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(path("km.key"));
    assertThat(run("restore", path("backup"), "--share-file", share(2)).status()).isEqualTo(5);
    Cli.Result restored =
        run(
            "restore",
            path("backup"),
            "--share-file",
            share(2),
            "--share-file",
            share(1),
            "--json");
    done(restored);
    assertThat(restored.json().path("audit_continues").booleanValue()).isTrue();
    try (KeyManagerServer server = serve("km");
        KmsClient kms = client(server.port())) {
      done(run("unseal", "--share-file", share(2), "--share-file", share(3)));
      assertThat(decrypt(kms, blob)).isEqualTo("old");
    }
  }

  @Test
  void shares_intoADirectoryThatIsNotEmpty_areRefusedBeforeAnythingIsMade() throws Exception {
    Files.createDirectories(path("shares"));
    Files.writeString(share(1), "somebody's");
    Cli.Result result =
        run(
            "init",
            "--seal",
            "shares",
            "--shares-directory",
            path("shares"),
            "--credentials",
            path("a.env"));
    assertThat(result.status()).isEqualTo(4);
    assertThat(path("km.key")).doesNotExist();
    assertThat(path("km")).doesNotExist();
  }

  /** Another secretfs as the parent; when it is gone, recovery shares unseal. */
  @Test
  void kms_parentGone_recoverySharesUnseal() throws Exception {
    configure("parent");
    done(
        cli.run(
            arguments(
                "parent",
                "init",
                "--credentials",
                path("a.env"),
                "--policy",
                "AdministratorAccess")));
    SdkBytes blob;
    try (KeyManagerServer parent = serve("parent");
        KmsClient kms = client(parent.port())) {
      String keyId = kms.createKey(ask -> {}).keyMetadata().keyId();
      System.setProperty("aws.accessKeyId", credential("AWS_ACCESS_KEY_ID"));
      System.setProperty("aws.secretAccessKey", credential("AWS_SECRET_ACCESS_KEY"));
      Files.delete(path("a.env"));
      init(
          "--seal",
          "kms",
          "--kms-key",
          keyId,
          "--kms-endpoint",
          "http://127.0.0.1:" + parent.port(),
          "--recovery-shares",
          "--shares",
          2,
          "--threshold",
          2,
          "--shares-directory",
          path("shares"));
      try (KeyManagerServer server = serve("km");
          KmsClient own = client(server.port())) {
        assertThat(isSealed()).isFalse();
        blob = encrypt(own);
      }
      kms.disableKey(ask -> ask.keyId(keyId));
      try (KeyManagerServer server = serve("km");
          KmsClient own = client(server.port())) {
        assertThat(isSealed()).isTrue();
        KeyManagerControl control = new KeyManagerControl(KeyManagerYaml.read(path("km.yaml")));
        assertThatThrownBy(control::unseal).hasMessageContaining("KMS");
        done(run("unseal", "--share-file", share(1), "--share-file", share(2)));
        assertThat(decrypt(own, blob)).isEqualTo("old");
      }
    }
  }

  /** SoftHSM's token is deleted; recovery shares unseal, and a passphrase takes its place. */
  @Test
  void pkcs11_tokenDeleted_recoverySharesUnseal() throws Exception {
    Path tokens = Files.createDirectories(path("tokens"));
    Object[] token = token(tokens);
    List<Object> all = new ArrayList<>(List.of(token));
    all.addAll(
        List.of(
            "--recovery-shares",
            "--shares",
            3,
            "--threshold",
            2,
            "--shares-directory",
            path("shares"),
            "--credentials",
            path("a.env"),
            "--policy",
            "AdministratorAccess"));
    done(cli.finish(cli.start(Main.class, arguments("km", "init", all.toArray()))));
    SdkBytes blob;
    Cli.Running serving = cli.start(Main.class, arguments("km", "serve"));
    try (KmsClient kms = client(port(serving))) {
      assertThat(isSealed()).isFalse();
      blob = encrypt(kms);
    } finally {
      kill(serving);
    }
    try (Stream<Path> files = Files.walk(tokens)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
    Files.createDirectories(tokens);
    serving = cli.start(Main.class, arguments("km", "serve"));
    try (KmsClient kms = client(port(serving))) {
      assertThat(isSealed()).isTrue();
      assertThatThrownBy(() -> decrypt(kms, blob)).hasMessageContaining("is sealed");
      done(run("unseal", "--share-file", share(3)));
      done(run("unseal", "--share-file", share(2)));
      assertThat(decrypt(kms, blob)).isEqualTo("old");
      done(
          run(
              "rewrap",
              "--to",
              "passphrase",
              "--new-passphrase-file",
              path("passphrase"),
              "--share-file",
              share(1),
              "--share-file",
              share(2)));
      done(run("seal"));
      done(run("unseal", "--passphrase-file", path("passphrase")));
      assertThat(decrypt(kms, blob)).isEqualTo("old");
    } finally {
      kill(serving);
    }
  }

  /** Makes a token; returns the options that mean it. */
  private Object[] token(Path tokens) throws Exception {
    SystemCommandRunner runner = new SystemCommandRunner();
    assumeTrue(runner.find("softhsm2-util").isPresent(), "softhsm2-util is not installed");
    Optional<Path> library = LIBRARIES.stream().filter(Files::exists).findFirst();
    assumeTrue(library.isPresent(), "SoftHSM's library is not installed");
    Path settings = path("softhsm2.conf");
    Files.writeString(
        settings, "directories.tokendir = %s\nobjectstore.backend = file\n".formatted(tokens));
    environment.put("SOFTHSM2_CONF", settings.toString());
    ProcessBuilder util =
        new ProcessBuilder(
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            "t",
            "--pin",
            "1234",
            "--so-pin",
            "5678");
    util.environment().put("SOFTHSM2_CONF", settings.toString());
    Process made = util.redirectErrorStream(true).start();
    String said = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(made.waitFor()).as(said).isZero();
    Matcher slot = Pattern.compile("slot (\\d+)").matcher(said);
    assertThat(slot.find()).as(said).isTrue();
    Files.writeString(path("pin"), "1234\n");
    Files.setPosixFilePermissions(path("pin"), PosixFilePermissions.fromString("rw-------"));
    return new Object[] {
      "--seal",
      "pkcs11",
      "--pkcs11-library",
      library.get(),
      "--pkcs11-slot",
      slot.group(1),
      "--pkcs11-pin-file",
      path("pin")
    };
  }

  private static int port(Cli.Running serving) throws Exception {
    Pattern address = Pattern.compile("key manager serves at http://127\\.0\\.0\\.1:(\\d+)");
    for (int i = 0; i < 600 && serving.process().isAlive(); i++) {
      Matcher found = address.matcher(Files.readString(serving.err()));
      if (found.find()) {
        return Integer.parseInt(found.group(1));
      }
      Thread.sleep(Duration.ofMillis(100));
    }
    throw new AssertionError(Files.readString(serving.err()));
  }

  private static void kill(Cli.Running serving) throws Exception {
    serving.process().destroyForcibly().waitFor();
    Files.deleteIfExists(serving.out());
    Files.deleteIfExists(serving.err());
  }
}
