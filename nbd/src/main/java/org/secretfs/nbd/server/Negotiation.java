package org.secretfs.nbd.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.protocol.ProtocolException;
import org.secretfs.nbd.socket.ByteStream;
import org.secretfs.nbd.socket.InputBuffer;
import org.secretfs.nbd.socket.OutputBuffer;

/**
 * The handshake of one connection: fixed newstyle.
 *
 * @spec NBD doc/proto.md, "Handshake" and "Option types"
 */
final class Negotiation implements AutoCloseable {
  private static final int INPUT_BYTES = Worker.PIECE_BYTES + 4096;
  private static final int OUTPUT_BYTES = 64 << 10;
  private static final int MOST_OPTIONS = 256;
  private static final int MOST_OPTION_BYTES = 64 << 10;
  private static final int MOST_SKIPPED_BYTES = 1 << 20;
  private static final int OPTION_BYTES = 16;
  private static final int TAIL_BYTES = 124;
  private static final int MOST_TEXT_BYTES = 1024;

  private final ExportCatalog catalog;
  private final OpenedExport opened;
  private final TlsMode tlsMode;
  private final TlsUpgrade tlsUpgrade;
  private final BooleanSupplier ending;
  private ByteStream stream;
  private InputBuffer input;
  private OutputBuffer output;
  private ClientIdentity client;
  private boolean fixed;
  private boolean noZeroes;
  private ReplyStyle style = ReplyStyle.SIMPLE;
  private @Nullable String contextExport;
  private @Nullable Export chosen;
  private String chosenName = "";

  /** Puts a connection under TLS. */
  @FunctionalInterface
  interface TlsUpgrade {
    Upgraded upgrade(ByteStream plain) throws IOException;
  }

  /** A connection under TLS and whom its certificate names. */
  record Upgraded(ByteStream stream, Optional<ClientIdentity.CertificateIdentity> certificate) {}

  /**
   * @param ending whether the server takes no new clients any more
   */
  Negotiation(
      ByteStream stream,
      ClientIdentity client,
      ExportCatalog catalog,
      TlsMode tlsMode,
      TlsUpgrade tlsUpgrade,
      BooleanSupplier ending) {
    this.stream = stream;
    this.client = client;
    this.catalog = catalog;
    this.opened = new OpenedExport(catalog);
    this.tlsMode = tlsMode;
    this.tlsUpgrade = tlsUpgrade;
    this.ending = ending;
    this.input = new InputBuffer(stream, INPUT_BYTES);
    this.output = new OutputBuffer(stream, new Object(), OUTPUT_BYTES);
  }

  /**
   * Negotiates.
   *
   * @return empty if the client aborted in order
   * @throws IOException if the connection is to be closed without a word
   */
  Optional<Session> run() throws IOException {
    greet();
    for (int i = 0; i < MOST_OPTIONS; i++) {
      input.await(OPTION_BYTES);
      long magic = input.getLong();
      if (magic != Nbd.OPTION_MAGIC) {
        throw new ProtocolException("option magic 0x%016x".formatted(magic));
      }
      int option = input.getInt();
      Step step = answer(option, receiveData(option, input.getInt()));
      output.flush();
      if (step != Step.NEXT) {
        return step == Step.ABORTED ? Optional.empty() : Optional.of(session());
      }
    }
    throw new ProtocolException("more than %d options".formatted(MOST_OPTIONS));
  }

  private enum Step {
    NEXT,
    ABORTED,
    ENTERED
  }

  private Session session() {
    Export export = Objects.requireNonNull(chosen);
    opened.release();
    return new Session(stream, input, client, export, style, hasContext());
  }

  private boolean hasContext() {
    return chosenName.equals(contextExport);
  }

  private void greet() throws IOException {
    output
        .putLong(Nbd.INIT_PASSWD)
        .putLong(Nbd.OPTION_MAGIC)
        .putShort(Nbd.FLAG_FIXED_NEWSTYLE | Nbd.FLAG_NO_ZEROES)
        .flush();
    input.await(Integer.BYTES);
    int flags = input.getInt();
    if ((flags & ~(Nbd.FLAG_FIXED_NEWSTYLE | Nbd.FLAG_NO_ZEROES)) != 0) {
      throw new ProtocolException("client flags 0x%08x".formatted(flags));
    }
    fixed = (flags & Nbd.FLAG_FIXED_NEWSTYLE) != 0;
    noZeroes = (flags & Nbd.FLAG_NO_ZEROES) != 0;
  }

  /** The option's data, null if it was too long and dropped. */
  private @Nullable ByteBuffer receiveData(int option, int length) throws IOException {
    if (length < 0 || length > MOST_SKIPPED_BYTES) {
      throw new ProtocolException(
          "option %d with %s bytes".formatted(option, Integer.toUnsignedString(length)));
    }
    if (length > MOST_OPTION_BYTES) {
      input.skip(length);
      return null;
    }
    input.await(length);
    return input.use(length).slice();
  }

  private Step answer(int option, @Nullable ByteBuffer data) throws IOException {
    if (option == Nbd.OPT_EXPORT_NAME) {
      return exportName(data);
    }
    if (!fixed) {
      throw new ProtocolException("option %d without fixed newstyle".formatted(option));
    }
    if (option == Nbd.OPT_ABORT) {
      reply(option, Nbd.REP_ACK);
      return Step.ABORTED;
    }
    if (ending.getAsBoolean()) {
      return error(option, Nbd.REP_ERR_SHUTDOWN, "the server is ending");
    }
    if (option == Nbd.OPT_STARTTLS) {
      return startTls(option, data);
    }
    if (tlsMode == TlsMode.REQUIRED && !client.tls()) {
      return error(option, Nbd.REP_ERR_TLS_REQD, "TLS is required");
    }
    if (data == null) {
      return error(option, Nbd.REP_ERR_TOO_BIG, "the option is too long");
    }
    try {
      return answer(option, new OptionData(data), data.remaining());
    } catch (OptionData.Malformed e) {
      return error(option, Nbd.REP_ERR_INVALID, e.getMessage());
    } catch (ExportRefusedException e) {
      return error(option, e.refusal().reply(), e.getMessage());
    }
  }

  private Step answer(int option, OptionData data, int length)
      throws IOException, OptionData.Malformed {
    return switch (option) {
      case Nbd.OPT_LIST -> list(option, length);
      case Nbd.OPT_INFO, Nbd.OPT_GO -> choose(option, data.choice());
      case Nbd.OPT_STRUCTURED_REPLY -> structuredReply(option, length);
      case Nbd.OPT_EXTENDED_HEADERS -> extendedHeaders(option, length);
      case Nbd.OPT_LIST_META_CONTEXT -> listContexts(option, data);
      case Nbd.OPT_SET_META_CONTEXT -> setContexts(option, data);
      default -> error(option, Nbd.REP_ERR_UNSUP, "not an option of this server");
    };
  }

  private Step exportName(@Nullable ByteBuffer data) throws IOException {
    if (ending.getAsBoolean() || data == null || style == ReplyStyle.EXTENDED) {
      throw new ProtocolException("NBD_OPT_EXPORT_NAME cannot be answered here");
    }
    if (tlsMode == TlsMode.REQUIRED && !client.tls()) {
      throw new ProtocolException("NBD_OPT_EXPORT_NAME without TLS");
    }
    try {
      String name = new OptionData(data).rest();
      Export export = opened.open(name, client);
      if (export.blockSizes().areStricterThanDefault()) {
        throw new ProtocolException("NBD_OPT_EXPORT_NAME cannot tell the block sizes");
      }
      enter(name, export);
      output
          .putLong(export.device().sizeBytes())
          .putShort(Session.transmissionFlags(export, style, hasContext()));
      if (!noZeroes) {
        output.putZeroes(TAIL_BYTES);
      }
      return Step.ENTERED;
    } catch (OptionData.Malformed e) {
      throw new ProtocolException("export name: " + e.getMessage());
    }
  }

  private void enter(String name, Export export) {
    chosenName = name;
    chosen = export;
  }

  private Step startTls(int option, @Nullable ByteBuffer data) throws IOException {
    if (data == null || data.hasRemaining() || client.tls()) {
      return error(option, Nbd.REP_ERR_INVALID, "TLS is begun once, and without data");
    }
    if (tlsMode == TlsMode.OFF) {
      return error(option, Nbd.REP_ERR_POLICY, "no TLS at this place");
    }
    if (input.available() > 0) {
      // Bytes sent ahead in the clear would be taken for protected ones.
      throw new ProtocolException("data behind NBD_OPT_STARTTLS");
    }
    reply(option, Nbd.REP_ACK);
    output.flush();
    Upgraded upgraded = tlsUpgrade.upgrade(stream);
    opened.close();
    stream = upgraded.stream();
    input = new InputBuffer(stream, INPUT_BYTES);
    output = new OutputBuffer(stream, new Object(), OUTPUT_BYTES);
    client = new ClientIdentity(client.peer(), client.credentials(), true, upgraded.certificate());
    style = ReplyStyle.SIMPLE;
    contextExport = null;
    return Step.NEXT;
  }

  private Step list(int option, int length) throws IOException {
    if (length > 0) {
      return error(option, Nbd.REP_ERR_INVALID, "NBD_OPT_LIST takes no data");
    }
    for (ExportCatalog.Entry entry : catalog.list(client)) {
      byte[] name = Texts.bytes(entry.name());
      byte[] description = Texts.bytes(entry.description());
      header(option, Nbd.REP_SERVER, Integer.BYTES + name.length + description.length);
      output.putInt(name.length).put(name).put(description);
    }
    reply(option, Nbd.REP_ACK);
    return Step.NEXT;
  }

  private Step choose(int option, OptionData.Choice choice) throws IOException {
    Export export = opened.open(choice.export(), client);
    Set<Integer> wanted = choice.wanted();
    boolean tellsSizes =
        wanted.contains(Nbd.INFO_BLOCK_SIZE) || export.blockSizes().areStricterThanDefault();
    if (wanted.contains(Nbd.INFO_NAME)) {
      byte[] name = Texts.bytes(export.name());
      header(option, Nbd.REP_INFO, Short.BYTES + name.length);
      output.putShort(Nbd.INFO_NAME).put(name);
    }
    if (wanted.contains(Nbd.INFO_DESCRIPTION) && !export.description().isEmpty()) {
      byte[] description = Texts.bytes(export.description());
      header(option, Nbd.REP_INFO, Short.BYTES + description.length);
      output.putShort(Nbd.INFO_DESCRIPTION).put(description);
    }
    if (tellsSizes) {
      blockSizes(option, export.blockSizes());
    }
    if (!wanted.contains(Nbd.INFO_BLOCK_SIZE) && export.blockSizes().areStricterThanDefault()) {
      return error(option, Nbd.REP_ERR_BLOCK_SIZE_REQD, "ask for the block sizes");
    }
    header(option, Nbd.REP_INFO, Short.BYTES + Long.BYTES + Short.BYTES);
    enter(choice.export(), export);
    output
        .putShort(Nbd.INFO_EXPORT)
        .putLong(export.device().sizeBytes())
        .putShort(Session.transmissionFlags(export, style, hasContext()));
    reply(option, Nbd.REP_ACK);
    return option == Nbd.OPT_GO ? Step.ENTERED : Step.NEXT;
  }

  private void blockSizes(int option, BlockSizes sizes) throws IOException {
    header(option, Nbd.REP_INFO, Short.BYTES + 3 * Integer.BYTES);
    output
        .putShort(Nbd.INFO_BLOCK_SIZE)
        .putInt(sizes.minimumBytes())
        .putInt(sizes.preferredBytes())
        .putInt(sizes.mostPayloadBytes());
  }

  private Step structuredReply(int option, int length) throws IOException {
    if (length > 0) {
      return error(option, Nbd.REP_ERR_INVALID, "NBD_OPT_STRUCTURED_REPLY takes no data");
    }
    if (style == ReplyStyle.EXTENDED) {
      return error(option, Nbd.REP_ERR_EXT_HEADER_REQD, "extended headers were agreed on");
    }
    style = ReplyStyle.STRUCTURED;
    reply(option, Nbd.REP_ACK);
    return Step.NEXT;
  }

  private Step extendedHeaders(int option, int length) throws IOException {
    if (length > 0) {
      return error(option, Nbd.REP_ERR_INVALID, "NBD_OPT_EXTENDED_HEADERS takes no data");
    }
    style = ReplyStyle.EXTENDED;
    reply(option, Nbd.REP_ACK);
    return Step.NEXT;
  }

  private Step listContexts(int option, OptionData data) throws IOException, OptionData.Malformed {
    OptionData.ContextQuery query = data.contextQuery();
    if (style == ReplyStyle.SIMPLE) {
      return error(option, Nbd.REP_ERR_INVALID, "structured replies come first");
    }
    opened.open(query.export(), client);
    List<String> queries = query.queries();
    if (queries.isEmpty() || queries.contains("base:") || queries.contains(Nbd.BASE_ALLOCATION)) {
      context(option, 0);
    }
    reply(option, Nbd.REP_ACK);
    return Step.NEXT;
  }

  private Step setContexts(int option, OptionData data) throws IOException, OptionData.Malformed {
    contextExport = null;
    OptionData.ContextQuery query = data.contextQuery();
    if (style == ReplyStyle.SIMPLE) {
      return error(option, Nbd.REP_ERR_INVALID, "structured replies come first");
    }
    opened.open(query.export(), client);
    if (query.queries().contains(Nbd.BASE_ALLOCATION)) {
      context(option, BlockStatus.CONTEXT);
      contextExport = query.export();
    }
    reply(option, Nbd.REP_ACK);
    return Step.NEXT;
  }

  private void context(int option, int number) throws IOException {
    byte[] name = Texts.bytes(Nbd.BASE_ALLOCATION);
    header(option, Nbd.REP_META_CONTEXT, Integer.BYTES + name.length);
    output.putInt(number).put(name);
  }

  private void reply(int option, int type) throws IOException {
    header(option, type, 0);
  }

  private Step error(int option, int type, @Nullable String text) throws IOException {
    byte[] bytes = Texts.bytes(text == null ? "" : text);
    byte[] sent = bytes.length <= MOST_TEXT_BYTES ? bytes : new byte[0];
    header(option, type, sent.length);
    output.put(sent);
    return Step.NEXT;
  }

  private void header(int option, int type, int length) throws IOException {
    output.reserve(Long.BYTES + 3 * Integer.BYTES + length);
    output.putLong(Nbd.OPTION_REPLY_MAGIC).putInt(option).putInt(type).putInt(length);
  }

  @Override
  public void close() {
    opened.close();
  }
}
