package org.secretfs.cli.principal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.config.CredentialsFile;
import org.secretfs.cli.config.DurableFile;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.AccessKey;
import org.secretfs.keymanager.Administration;
import org.secretfs.keymanager.store.PrincipalStore;
import org.secretfs.keymanager.store.UserRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Users: people and machines with access keys. */
@Command(
    name = "user",
    mixinStandardHelpOptions = true,
    description = {
      "Makes, lists and removes users of the key manager. Works on its database; a server that runs",
      "follows within a second. Every change is recorded on the audit trail.",
    },
    subcommands = {
      UserCommand.Create.class,
      UserCommand.Delete.class,
      UserCommand.ListAll.class,
      UserCommand.EnableTotp.class,
      UserCommand.DeleteAccessKey.class,
    },
    synopsisSubcommandLabel = "COMMAND")
public final class UserCommand {
  private UserCommand() {}

  /** Makes a user with an access key. */
  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a user where it is missing, gives it policies and tags, and makes an access key.",
        "The access key goes to a file of mode 0600 that a shell can source; it is never shown.",
      })
  public static final class Create implements Callable<Integer> {
    private final Output output;

    @Mixin private Administered keyManager = new Administered();

    @Parameters(paramLabel = "NAME", description = "The user.")
    private String name = "";

    @Option(
        names = "--policy",
        paramLabel = "NAME",
        description = "A policy for it, as in KeyUser; may be repeated.")
    private List<String> policies = new ArrayList<>();

    @Option(
        names = "--tag",
        paramLabel = "KEY=VALUE",
        description = "A tag, aws:PrincipalTag/KEY in policies; may be repeated.")
    private Map<String, String> tags = new TreeMap<>();

    @Option(
        names = "--credentials",
        required = true,
        paramLabel = "FILE",
        description = "Where the access key goes; must not exist yet.")
    private Path credentials = Path.of("aws.env");

    public Create(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws SecretfsException {
      CredentialsFile.requireAbsent(credentials);
      try (Administration administration = keyManager.open();
          AccessKey key = administration.provisionUser(name, policies)) {
        for (Map.Entry<String, String> tag : tags.entrySet()) {
          administration.tagUser(name, tag.getKey(), tag.getValue());
        }
        CredentialsFile.write(credentials, key, keyManager.config());
      }
      output.line("access key of '%s' is in %s", name, credentials);
      return ExitStatus.DONE;
    }
  }

  /** Removes a user. */
  @Command(
      name = "delete",
      mixinStandardHelpOptions = true,
      description = "Removes a user with its access keys and sessions.")
  public static final class Delete extends AdministrationChange {
    @Parameters(paramLabel = "NAME", description = "The user.")
    private String name = "";

    @Override
    void apply(Administration administration) throws SecretfsException {
      administration.deleteUser(name);
    }
  }

  /** Removes an access key. */
  @Command(
      name = "delete-access-key",
      mixinStandardHelpOptions = true,
      description = "Removes one access key; the user keeps its others.")
  public static final class DeleteAccessKey extends AdministrationChange {
    @Parameters(paramLabel = "ID", description = "The access key's id, as in AKIA….")
    private String id = "";

    @Override
    void apply(Administration administration) throws SecretfsException {
      administration.deleteAccessKey(id);
    }
  }

  /** Lists users. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists users with their policies and the ids of their access keys.")
  public static final class ListAll extends AdministrationList<UserRecord> {
    public ListAll(Output output) {
      super(output, "users");
    }

    @Override
    List<UserRecord> records(Administration administration) throws SecretfsException {
      return administration.users();
    }

    @Override
    ObjectNode document(Administration administration, UserRecord user) throws SecretfsException {
      List<String> policies = administration.policiesOf(PrincipalStore.user(user.name()));
      List<String> keys = administration.accessKeysOf(user.name());
      ObjectNode document =
          Output.object()
              .put("name", user.name())
              .put("created", user.created().toString())
              .put("second_factor", user.hasTotp());
      document.set("policies", Output.JSON.valueToTree(policies));
      return document.set("access_keys", Output.JSON.valueToTree(keys));
    }

    @Override
    String line(ObjectNode user) {
      return "%-24s %-11s %s  %s"
          .formatted(
              user.path("name").asText(),
              user.path("second_factor").asBoolean() ? "two-factor" : "one-factor",
              joined(user, "policies"),
              joined(user, "access_keys"));
    }
  }

  /** Gives a user a second factor. */
  @Command(
      name = "enable-totp",
      mixinStandardHelpOptions = true,
      description = {
        "Gives a user a second factor (TOTP) in place of any before. The key goes to a file of mode",
        "0600 as an otpauth:// address for an authenticator; delete the file once it is there.",
        "Then: aws sts get-session-token --serial-number arn:aws:iam::ACCOUNT:mfa/NAME --token-code …",
      })
  public static final class EnableTotp implements Callable<Integer> {
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private final Output output;

    @Mixin private Administered keyManager = new Administered();

    @Parameters(paramLabel = "NAME", description = "The user.")
    private String name = "";

    @Option(
        names = "--out",
        required = true,
        paramLabel = "FILE",
        description = "Where the key goes; must not exist yet.")
    private @Nullable Path out;

    public EnableTotp(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws SecretfsException {
      Path file = out == null ? Path.of("totp") : out;
      if (Files.exists(file)) {
        throw new CliException(
            CliError.USAGE_WRONG, "%s exists already and is not overwritten".formatted(file));
      }
      try (Administration administration = keyManager.open();
          SecretBuffer key = administration.enableTotp(name)) {
        write(file, key);
      }
      output.line("the second factor of '%s' is in %s", name, file);
      return ExitStatus.DONE;
    }

    @BorrowsSecret(because = "a file is written from an array")
    private void write(Path file, SecretBuffer key) throws CliException {
      try {
        DurableFile.write(
            file,
            stream -> {
              stream.write(
                  "otpauth://totp/secretfs:%s?secret="
                      .formatted(name)
                      .getBytes(StandardCharsets.UTF_8));
              key.borrow(bytes -> {
                stream.write(base32(bytes));
                return bytes.length;
              });
              stream.write("&issuer=secretfs\n".getBytes(StandardCharsets.US_ASCII));
            });
      } catch (IOException e) {
        throw new CliException(
            CliError.FILE_UNWRITABLE, "%s cannot be written: %s".formatted(file, e), e);
      }
    }

    /** Base32 of a number of bytes that five divides. */
    private static byte[] base32(byte[] bytes) {
      byte[] text = new byte[bytes.length / 5 * 8];
      for (int i = 0; i < text.length; i++) {
        int bit = i * 5;
        int pair =
            (bytes[bit / 8] & 0xff) << 8
                | (bit / 8 + 1 < bytes.length ? bytes[bit / 8 + 1] & 0xff : 0);
        text[i] = (byte) BASE32.charAt(pair >> (11 - bit % 8) & 31);
      }
      return text;
    }
  }
}
