package org.secretfs.nbd.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.protocol.NbdError;
import org.secretfs.nbd.protocol.NbdException;
import org.secretfs.nbd.socket.InputBuffer;
import org.secretfs.nbd.socket.OutputBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Executes requests, one at a time, with buffers of its own that serve for all of them. */
final class Worker {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  /** The most that is moved at once: it stays in the second-level cache on its way. */
  static final int PIECE_BYTES = 256 << 10;

  /** Room for one piece and its header. */
  private static final int OUTPUT_BYTES = PIECE_BYTES + 64;

  /** Pieces of a long request end at multiples of this, so that no sector is cut. */
  private static final int PIECE_ALIGNMENT = 4096;

  /** Replies wait for others to be sent with, but not so long that the client runs dry. */
  private static final int BATCH_BYTES = 32 << 10;

  private static final int BATCH_REPLIES = 8;
  private static final int MOST_CONTEXTS = 16;

  private final Transmission transmission;
  private final Export export;
  private final DeviceAccess device;
  private final RequestCheck check;
  private final Replies replies;
  private final OutputBuffer output;
  private final BlockStatus blockStatus;
  private final Request request = new Request();
  private ByteBuffer own = ByteBuffer.allocateDirect(0);
  private @Nullable ByteBuffer large;
  private int batched;

  Worker(Transmission transmission) {
    Session session = transmission.session();
    this.transmission = transmission;
    this.export = session.export();
    this.device = new DeviceAccess(export.device(transmission::isClientThere));
    this.check = new RequestCheck(session);
    this.output = new OutputBuffer(session.stream(), transmission.sending(), OUTPUT_BYTES);
    this.replies = new Replies(output, session.style());
    this.blockStatus = new BlockStatus(replies);
  }

  Request request() {
    return request;
  }

  void flush() throws IOException {
    batched = 0;
    output.flush();
  }

  /**
   * Takes the request's payload out of the input buffer, which another worker will use.
   *
   * @return false if it is better executed where it is
   */
  boolean detach(InputBuffer input) throws IOException {
    int length = (int) request.payload;
    if (length == 0) {
      return true;
    }
    if (request.command != Command.WRITE || check.refusal(request) != null) {
      return false;
    }
    if (length > PIECE_BYTES) {
      ByteBuffer buffer = transmission.largeBuffers().takeForReceiving(length);
      if (buffer == null) {
        return false;
      }
      large = buffer;
      input.read(buffer);
      request.payload = 0;
      return true;
    }
    if (own.capacity() < length && !growOwn(length)) {
      return false;
    }
    input.read(own.clear().limit(length));
    request.payload = 0;
    return true;
  }

  private boolean growOwn(int length) {
    try {
      own = ByteBuffer.allocateDirect(Math.min(PIECE_BYTES, Integer.highestOneBit(length) * 2));
      return true;
    } catch (OutOfMemoryError e) {
      return false;
    }
  }

  private ByteBuffer hold(int length) throws DeviceAccess.Failure {
    try {
      ByteBuffer buffer = transmission.largeBuffers().take(length);
      large = buffer;
      return buffer;
    } catch (OutOfMemoryError e) {
      throw new DeviceAccess.Failure(
          new NbdException(NbdError.ENOMEM, "no memory for %d bytes".formatted(length)));
    }
  }

  /**
   * Executes the request and puts its reply into the output buffer.
   *
   * @param input where the payload is, null if it was detached
   * @throws IOException if the connection fails; a failure of the device is a reply
   */
  void execute(@Nullable InputBuffer input) throws IOException {
    Command command = request.command;
    if (command == null) {
      refuse(NbdError.EINVAL, input);
    } else {
      transmission.listener().started(export, command);
      NbdError error = NbdError.EIO;
      try {
        error = serve(command, input);
      } finally {
        release();
        long nanos = System.nanoTime() - request.startNanos;
        transmission.listener().finished(export, command, request.length, nanos, error);
      }
    }
    if (++batched >= BATCH_REPLIES || output.position() >= BATCH_BYTES) {
      flush();
    }
  }

  /** Gives back what is held for a request, whether it was executed or not. */
  void release() {
    ByteBuffer buffer = large;
    if (buffer != null) {
      transmission.largeBuffers().give(buffer);
      large = null;
    }
  }

  private @Nullable NbdError serve(Command command, @Nullable InputBuffer input)
      throws IOException {
    NbdError refusal = transmission.isDraining() ? NbdError.ESHUTDOWN : check.refusal(request);
    if (refusal != null) {
      return refuse(refusal, input);
    }
    try {
      return switch (command) {
        case READ -> read();
        case WRITE -> write(input);
        case BLOCK_STATUS -> blockStatus(input);
        case WRITE_ZEROES -> writeZeroes();
        case FLUSH -> {
          device.flush();
          yield done();
        }
        case TRIM -> {
          device.trim(request.offset, request.length);
          yield doneDurably();
        }
        case CACHE -> cache();
        case DISCONNECT -> null;
      };
    } catch (DeviceAccess.Failure e) {
      return failed(e.reason(), input);
    }
  }

  private NbdError refuse(NbdError error, @Nullable InputBuffer input) throws IOException {
    if (input != null) {
      input.skip(request.payload);
    }
    replies.failed(request, error, RequestCheck.text(error));
    return error;
  }

  private NbdError failed(IOException reason, @Nullable InputBuffer input) throws IOException {
    if (reason instanceof ClientGoneException) {
      throw reason;
    }
    NbdError error = NbdError.of(reason);
    LOG.warn(
        "{} of {} bytes at {} on export \"{}\" failed with {}: {}",
        request.command,
        request.length,
        request.offset,
        export.name(),
        error,
        reason.toString());
    return refuse(error, input);
  }

  private @Nullable NbdError done() throws IOException {
    replies.done(request);
    return null;
  }

  private @Nullable NbdError doneDurably() throws IOException, DeviceAccess.Failure {
    if (request.isDurable()) {
      device.flush();
    }
    return done();
  }

  private @Nullable NbdError read() throws IOException, DeviceAccess.Failure {
    if (request.length == 0) {
      return done();
    }
    boolean whole = replies.style() == ReplyStyle.SIMPLE || request.has(Nbd.CMD_DF);
    if (request.length > PIECE_BYTES && (whole || isWorthHolding())) {
      readWhole();
    } else {
      readPieces();
    }
    return null;
  }

  /** A slow device is asked once for all rather than piece by piece. */
  private boolean isWorthHolding() {
    return request.detached && request.length <= export.blockSizes().mostPayloadBytes();
  }

  private void readPieces() throws IOException, DeviceAccess.Failure {
    long end = request.offset + request.length;
    for (long at = request.offset; at < end; ) {
      int length = piece(at, end - at);
      ByteBuffer room = replies.data(request, at, length, at + length == end);
      try {
        device.read(room, at);
      } catch (DeviceAccess.Failure e) {
        output.rewind(output.position() - length - replies.style().dataHeaderBytes());
        throw e;
      }
      at += length;
    }
  }

  /** Everything is read before the reply begins, which then cannot fail any more. */
  private void readWhole() throws IOException, DeviceAccess.Failure {
    int length = (int) request.length;
    ByteBuffer data = hold(length);
    device.read(data, request.offset);
    replies.dataHeader(request, request.offset, length, true);
    output.flushWith(data.flip());
  }

  private static int piece(long at, long left) {
    return left <= PIECE_BYTES ? (int) left : PIECE_BYTES - (int) (at % PIECE_ALIGNMENT);
  }

  private @Nullable NbdError write(@Nullable InputBuffer input)
      throws IOException, DeviceAccess.Failure {
    if (input != null) {
      writePieces(input);
    } else {
      ByteBuffer payload = large == null ? own : large;
      payload.flip();
      device.write(payload, request.offset, request.isDurable());
    }
    return done();
  }

  private void writePieces(InputBuffer input) throws IOException, DeviceAccess.Failure {
    long end = request.offset + request.length;
    boolean inOne = request.length <= PIECE_BYTES;
    for (long at = request.offset; at < end; ) {
      int length = piece(at, end - at);
      if (input.available() < length) {
        flush();
      }
      input.await(length);
      request.payload -= length;
      device.write(input.use(length), at, inOne && request.isDurable());
      at += length;
    }
    if (!inOne && request.isDurable()) {
      device.flush();
    }
  }

  private @Nullable NbdError writeZeroes() throws IOException, DeviceAccess.Failure {
    boolean mayPunch = export.zeroesMayPunch() && !request.has(Nbd.CMD_NO_HOLE);
    if (request.has(Nbd.CMD_FAST_ZERO) && !(mayPunch && device.zeroesFast())) {
      return refuse(NbdError.ENOTSUP, null);
    }
    device.zero(request.offset, request.length, mayPunch, transmission::isServing);
    return doneDurably();
  }

  /** Reads, and keeps nothing: what is below may have a cache. */
  private @Nullable NbdError cache() throws IOException, DeviceAccess.Failure {
    long length = Math.min(request.length, export.blockSizes().mostPayloadBytes());
    ByteBuffer buffer = hold(PIECE_BYTES);
    for (long done = 0; done < length; done += PIECE_BYTES) {
      int step = (int) Math.min(PIECE_BYTES, length - done);
      device.read(buffer.clear().limit(step), request.offset + done);
    }
    return done();
  }

  private @Nullable NbdError blockStatus(@Nullable InputBuffer input)
      throws IOException, DeviceAccess.Failure {
    if (request.payload > 0 && (input == null || !readSelection(input))) {
      return refuse(NbdError.EINVAL, input);
    }
    blockStatus.answer(device, request);
    return null;
  }

  /**
   * Reads which contexts are asked for, and for how many bytes.
   *
   * @return whether it is in order; if not, the rest of the payload is still to be received
   */
  private boolean readSelection(InputBuffer input) throws IOException {
    long contexts = (request.payload - Long.BYTES) / Integer.BYTES;
    if (request.payload < Long.BYTES + Integer.BYTES
        || request.payload % Integer.BYTES != 0
        || contexts > MOST_CONTEXTS) {
      return false;
    }
    input.await((int) request.payload);
    request.payload = 0;
    request.length = input.getLong();
    boolean known = true;
    for (int i = 0; i < contexts; i++) {
      known &= input.getInt() == BlockStatus.CONTEXT && i == 0;
    }
    return known && request.length != 0 && check.range(Command.BLOCK_STATUS, request) == null;
  }
}
