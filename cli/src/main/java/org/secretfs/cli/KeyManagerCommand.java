package org.secretfs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.secretfs.audit.delivery.TrailKey;
import org.secretfs.cli.config.CredentialsFile;
import org.secretfs.cli.config.KeyManagerOption;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.principal.PermissionCommand;
import org.secretfs.cli.principal.RoleCommand;
import org.secretfs.cli.principal.UserCommand;
import org.secretfs.cli.process.Signals;
import org.secretfs.cli.process.SystemdNotify;
import org.secretfs.cli.seal.BackupCommand;
import org.secretfs.cli.seal.KmsParent;
import org.secretfs.cli.seal.NewSeal;
import org.secretfs.cli.seal.NewSealOptions;
import org.secretfs.cli.seal.RestoreCommand;
import org.secretfs.cli.seal.RewrapCommand;
import org.secretfs.cli.seal.RootAccess;
import org.secretfs.cli.seal.SealCommand;
import org.secretfs.cli.seal.SealStatusCommand;
import org.secretfs.cli.seal.UnsealCommand;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.AccessKey;
import org.secretfs.keymanager.Administration;
import org.secretfs.keymanager.KeyManager;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keymanager.KeyManagerServer;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keys.S3TrailDestination;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Sets up and runs the key manager. */
@Command(
    name = "keymanager",
    mixinStandardHelpOptions = true,
    description = {
      "secretfs' own key server: speaks the AWS KMS API, keeps keys wrapped under a root key,",
      "and writes an audit record for every request before it answers.",
    },
    subcommands = {
      KeyManagerCommand.InitCommand.class,
      KeyManagerCommand.ServeCommand.class,
      KeyManagerCommand.TrailKeysCommand.class,
      UserCommand.class,
      RoleCommand.class,
      PermissionCommand.class,
      UnsealCommand.class,
      SealCommand.class,
      SealStatusCommand.class,
      RewrapCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
    },
    synopsisSubcommandLabel = "COMMAND")
final class KeyManagerCommand {
  private KeyManagerCommand() {}

  /** Makes the state and the first access key. */
  @Command(
      name = "init",
      mixinStandardHelpOptions = true,
      description = {
        "Makes the root key and the database where they are missing, and the first administrator,",
        "who manages keys and may not decrypt with them; machines get users of their own:",
        "secretfs keymanager user create NAME --policy KeyUser --credentials FILE",
        "The access key goes to a file of mode 0600 that a shell can source; it is never shown.",
      })
  static final class InitCommand implements Callable<Integer> {
    private final Output output;
    private final Input input;

    @Mixin private KeyManagerOption config = new KeyManagerOption();

    @Option(
        names = "--user",
        defaultValue = "admin",
        description = "Whose access key it is (default: ${DEFAULT-VALUE}).")
    private String user = "admin";

    @Option(
        names = "--policy",
        paramLabel = "NAME",
        defaultValue = Administration.KEY_ADMINISTRATOR,
        description =
            "What the user may do: KeyAdministrator, KeyUser, or AdministratorAccess for everything"
                + " (default: ${DEFAULT-VALUE}); may be repeated.")
    private List<String> policies = List.of(Administration.KEY_ADMINISTRATOR);

    @Option(
        names = "--credentials",
        required = true,
        paramLabel = "FILE",
        description = "Where the access key goes; must not exist yet.")
    private Path credentials = Path.of("aws.env");

    @Mixin private NewSealOptions wanted = new NewSealOptions();
    @Mixin private RootAccess present = new RootAccess();

    InitCommand(Output output, Input input) {
      this.output = output;
      this.input = input;
    }

    @Override
    public Integer call() throws SecretfsException, IOException {
      KeyManagerConfig read = config.read();
      CredentialsFile.requireAbsent(credentials);
      Clock clock = Clock.systemUTC();
      try (NewSeal seal = wanted.prepare(input)) {
        KeyManager.init(read, seal, clock);
        RootKey made = seal.root();
        try (RootKey root = made == null ? present.open(read, input) : made.copy();
            AccessKey key = KeyManager.provisionUser(read, root, user, policies, clock)) {
          CredentialsFile.write(credentials, key, read);
        }
      }
      output.line("key manager is set up; access key of '%s' is in %s", user, credentials);
      return ExitStatus.DONE;
    }
  }

  /** Runs the server. */
  @Command(
      name = "serve",
      mixinStandardHelpOptions = true,
      description = {
        "Runs the key server in the foreground until SIGTERM, which lets requests under way end;",
        "tells systemd when it is ready. TLS certificates are read again when they change, and",
        "at SIGHUP; open connections stay.",
      })
  static final class ServeCommand implements Callable<Integer> {
    private final Output output;

    @Mixin private KeyManagerOption config = new KeyManagerOption();

    ServeCommand(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws SecretfsException, InterruptedException {
      KeyManagerConfig read = config.read();
      SystemdNotify systemd = SystemdNotify.fromEnvironment();
      KeyManagerServer server =
          KeyManagerServer.start(
              read,
              KmsParent::connect,
              config.trailElsewhere().map(S3TrailDestination::new),
              Clock.systemUTC());
      Thread drain = new Thread(() -> stop(server, systemd), "drain");
      Runtime.getRuntime().addShutdownHook(drain);
      boolean _ = Signals.onHangup(() -> reload(server));
      String scheme = read.server().tls().isPresent() ? "https" : "http";
      String address = "%s://%s:%d".formatted(scheme, read.listenHost(), server.port());
      systemd.ready("serving at " + address);
      output.note("key manager serves at %s", address);
      new CountDownLatch(1).await();
      return ExitStatus.DONE;
    }

    private void reload(KeyManagerServer server) {
      try {
        server.reload();
      } catch (SecretfsException e) {
        output.note("the certificate stays as it was: %s", String.valueOf(e.getMessage()));
      }
    }

    private static void stop(KeyManagerServer server, SystemdNotify systemd) {
      systemd.stopping();
      server.close();
    }
  }

  /** Shows the public keys that verify the trail. */
  @Command(
      name = "trail-keys",
      mixinStandardHelpOptions = true,
      description = {
        "Prints the public keys that verify the audit trail's digests, as the answer of",
        "CloudTrail's ListPublicKeys. Keep them apart from the trail:",
        "secretfs audit verify --delivered DIR --public-keys FILE",
      })
  static final class TrailKeysCommand implements Callable<Integer> {
    private final Output output;
    private final Input input;

    @Mixin private KeyManagerOption config = new KeyManagerOption();
    @Mixin private RootAccess root = new RootAccess();

    TrailKeysCommand(Output output, Input input) {
      this.output = output;
      this.input = input;
    }

    @Override
    public Integer call() throws SecretfsException, IOException {
      KeyManagerConfig read = config.read();
      try (RootKey key = root.open(read, input)) {
        output.json(TrailKey.list(KeyManager.trailKeys(read, key)));
      }
      return ExitStatus.DONE;
    }
  }
}
