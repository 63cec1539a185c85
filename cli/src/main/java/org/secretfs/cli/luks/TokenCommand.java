package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.OptionException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.Luks2Header;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.Token;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Works on tokens. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    description = {
      "Works on a LUKS2 volume's tokens, which tell how the passphrase of keyslots is obtained:",
      "add (of the kernel keyring), import and export (JSON), remove, list.",
    },
    footer = {
      "",
      "Examples:",
      "  secretfs luks token add --key-description my:key --key-slot 0 disk.img",
      "  secretfs luks token export --token-id 0 disk.img >token.json",
      "  secretfs luks token import --token-id 0 --token-replace disk.img <token.json",
    })
final class TokenCommand extends LuksAction {
  private static final String KEYRING = "luks2-keyring";

  private final Input input;

  @Mixin
  @SuppressWarnings("UnusedVariable")
  private Unasked unasked = new Unasked();

  @Parameters(index = "0", paramLabel = "ACTION", description = "add|import|export|remove|list")
  private String action = "list";

  @Parameters(index = "1", paramLabel = "DEVICE", description = "The volume.")
  private Path device = Path.of("");

  @Option(names = "--header", paramLabel = "FILE", description = "A header kept apart.")
  private @Nullable Path header;

  @Option(names = "--token-id", paramLabel = "N", description = "The token's number, 0 to 31.")
  private @Nullable Integer number;

  @Option(names = "--token-replace", description = "With import: replace the token of --token-id.")
  private boolean replace;

  @Option(
      names = "--json-file",
      paramLabel = "FILE",
      description = "The JSON is here and not on standard input or output.")
  private @Nullable Path jsonFile;

  @Option(
      names = "--key-description",
      paramLabel = "TEXT",
      description = "With add: the key in the kernel keyring that holds the passphrase.")
  private @Nullable String description;

  @Option(
      names = {"-S", "--key-slot"},
      paramLabel = "N",
      description = "With add: the keyslot that it opens (default: all that hold the volume key).")
  private @Nullable Integer keyslot;

  @Option(names = "--unbound", description = "With add: it belongs to no keyslot.")
  private boolean unbound;

  TokenCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  private Path place() {
    return (header == null ? device : header).toAbsolutePath().normalize();
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    boolean reads = action.equals("list") || action.equals("export");
    try (FileLuksStorage storage =
        reads ? FileLuksStorage.openReadOnly(place()) : FileLuksStorage.open(place())) {
      return reads ? show(storage) : change(storage);
    }
  }

  private ObjectNode show(FileLuksStorage storage) throws IOException, SecretfsException {
    Luks2Header header = Versions.luks2Header(LuksHeader.read(storage), "tokens");
    return action.equals("list") ? list(header) : export(header);
  }

  private ObjectNode change(FileLuksStorage storage) throws IOException, SecretfsException {
    Luks2Volume volume = Versions.luks2(LuksVolume.read(storage), "tokens");
    return switch (action) {
      case "remove" -> remove(volume);
      case "import" -> store(volume, sensible(parse()));
      case "add" -> store(volume, keyring(volume));
      default ->
          throw new OptionException(
              "token %s: must be add, import, export, remove or list".formatted(action));
    };
  }

  private ObjectNode list(Luks2Header volume) {
    ObjectNode facts = Output.object().put("device", place().toString());
    VolumeFacts.putTokens(facts.putArray("tokens"), volume.tokens());
    return facts;
  }

  private ObjectNode export(Luks2Header volume) throws IOException, SecretfsException {
    String json = existing(volume).toJson();
    if (jsonFile == null) {
      return (ObjectNode) Output.JSON.readTree(json);
    }
    PrivateFile.requireAbsent(jsonFile);
    try (FileChannel file = PrivateFile.create(jsonFile)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(json);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
    return Output.object().put("json_file", jsonFile.toString());
  }

  private Token existing(Luks2Header volume) throws SecretfsException {
    Token token = volume.tokens().get(requiredNumber());
    if (token == null) {
      throw new LuksException.TokenInvalid("there is no token %d".formatted(requiredNumber()));
    }
    return token;
  }

  private int requiredNumber() throws CliException {
    if (number == null) {
      throw new CliException(CliError.USAGE_WRONG, "token %s needs --token-id".formatted(action));
    }
    return number;
  }

  private ObjectNode remove(Luks2Volume volume) throws IOException, SecretfsException {
    existing(volume);
    volume.removeToken(requiredNumber());
    return Output.object().put("device", place().toString()).put("token", requiredNumber());
  }

  private Token parse() throws IOException, SecretfsException {
    byte[] json =
        jsonFile == null
            ? Channels.newInputStream(input.channel()).readNBytes(Token.MAX_JSON_BYTES + 1)
            : Files.readAllBytes(jsonFile);
    try {
      return Token.parse(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString().strip());
    } catch (CharacterCodingException e) {
      throw new LuksException.TokenInvalid("a token is not UTF-8");
    }
  }

  /** cryptsetup takes a token of its own type only with the one field that it is for. */
  private static Token sensible(Token token) throws IOException, LuksException {
    if (token.type().equals(KEYRING)
        && !Output.JSON.readTree(token.toJson()).path("key_description").isTextual()) {
      throw new LuksException.TokenInvalid(
          "a token of type %s needs a key_description".formatted(KEYRING));
    }
    return token;
  }

  private Token keyring(Luks2Volume volume) throws SecretfsException {
    if (description == null) {
      throw new CliException(CliError.USAGE_WRONG, "token add needs --key-description");
    }
    ObjectNode token = Output.object().put("type", KEYRING);
    var keyslots = token.putArray("keyslots");
    if (keyslot != null) {
      keyslots.add(keyslot.toString());
    } else if (!unbound) {
      volume.keyslots().values().stream()
          .filter(slot -> slot.boundToSegment())
          .forEach(slot -> keyslots.add(Integer.toString(slot.number())));
    }
    return Token.parse(token.put("key_description", description).toString());
  }

  private ObjectNode store(Luks2Volume volume, Token token) throws IOException, SecretfsException {
    int stored;
    if (number == null) {
      stored = volume.addToken(token);
    } else {
      if (volume.tokens().containsKey(number) && !replace) {
        throw new LuksException.TokenInvalid(
            "token %d is in use: --token-replace replaces it".formatted(number));
      }
      volume.putToken(number, token);
      stored = number;
    }
    return Output.object()
        .put("device", place().toString())
        .put("token", stored)
        .put("type", token.type());
  }

  @Override
  void text(ObjectNode facts) {
    switch (action) {
      case "list" ->
          facts
              .get("tokens")
              .forEach(token ->
                  output()
                      .line(
                          "%d: %s %s",
                          token.get("number").asInt(),
                          token.get("type").asText(),
                          token.get("keyslots")));
      case "export" -> {
        if (jsonFile == null) {
          output().line("%s", facts.toString());
        }
      }
      default -> output().note("Token %d: %s.", facts.get("token").asInt(), action);
    }
  }
}
