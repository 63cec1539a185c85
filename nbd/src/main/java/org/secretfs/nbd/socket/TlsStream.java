package org.secretfs.nbd.socket;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/** A connection under TLS, over another stream. */
public final class TlsStream implements ByteStream {
  private static final int RECORDS_PER_WRITE = 8;

  private final ByteStream below;
  private final SSLEngine engine;
  private final ByteBuffer received;
  private final ByteBuffer toSend;

  /** Plaintext that a reader had no room for. */
  private ByteBuffer rest;

  private boolean ended;

  private TlsStream(ByteStream below, SSLEngine engine) {
    this.below = below;
    this.engine = engine;
    int record = engine.getSession().getPacketBufferSize();
    this.received = ByteBuffer.allocateDirect(4 * record).flip();
    this.toSend = ByteBuffer.allocateDirect(RECORDS_PER_WRITE * record);
    this.rest = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).flip();
  }

  /**
   * Performs the handshake.
   *
   * @param engine fresh, with its mode set; belongs to the stream afterwards
   * @throws SSLException if the peers do not agree or the other's certificate is not accepted
   */
  public static TlsStream handshake(ByteStream below, SSLEngine engine) throws IOException {
    TlsStream stream = new TlsStream(below, engine);
    engine.beginHandshake();
    try {
      stream.shakeHands();
    } catch (SSLException e) {
      stream.sendAlert();
      throw e;
    }
    return stream;
  }

  private void shakeHands() throws IOException {
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_WRAP -> wrapNothing();
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> unwrapNothing();
        case NEED_TASK -> runTasks();
        case FINISHED, NOT_HANDSHAKING -> {
          return;
        }
      }
    }
  }

  private void runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  private void wrapNothing() throws IOException {
    synchronized (toSend) {
      toSend.clear();
      engine.wrap(ByteBuffer.allocate(0), toSend);
      below.write(toSend.flip());
    }
  }

  private void unwrapNothing() throws IOException {
    SSLEngineResult result = engine.unwrap(received, rest.clear());
    rest.flip();
    if (result.getStatus() == Status.BUFFER_UNDERFLOW && !receive()) {
      throw new EOFException("the connection ended in the TLS handshake");
    }
    if (result.getStatus() == Status.CLOSED) {
      throw new EOFException("the other end closed in the TLS handshake");
    }
  }

  /** Tells the other end why the handshake failed, if it still listens. */
  private void sendAlert() {
    try {
      for (int i = 0; i < 3 && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP; i++) {
        wrapNothing();
      }
    } catch (IOException e) {
      // The handshake's failure is the one to tell.
    }
  }

  private boolean receive() throws IOException {
    received.compact();
    try {
      return below.read(received) >= 0;
    } finally {
      received.flip();
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    while (!ended) {
      if (rest.hasRemaining()) {
        int count = Math.min(target.remaining(), rest.remaining());
        target.put(target.position(), rest, rest.position(), count);
        target.position(target.position() + count);
        rest.position(rest.position() + count);
        return count;
      }
      int got = unwrap(target);
      if (got > 0) {
        return got;
      }
    }
    return -1;
  }

  private int unwrap(ByteBuffer target) throws IOException {
    SSLEngineResult result = engine.unwrap(received, target);
    switch (result.getStatus()) {
      case BUFFER_OVERFLOW -> unwrapIntoRest();
      case BUFFER_UNDERFLOW -> receiveMore();
      case CLOSED -> ended = true;
      case OK -> afterRecord(result);
    }
    return result.bytesProduced();
  }

  /**
   * The reader has less room than a record: what it cannot take is kept. The engine looks at the
   * room first, so the record may not be whole yet.
   */
  private void unwrapIntoRest() throws IOException {
    SSLEngineResult result = engine.unwrap(received, rest.clear());
    rest.flip();
    switch (result.getStatus()) {
      case BUFFER_OVERFLOW -> {
        // How large records are is known for sure only after the handshake.
        int needed = engine.getSession().getApplicationBufferSize();
        rest = ByteBuffer.allocate(Math.max(needed, 2 * rest.capacity())).flip();
      }
      case BUFFER_UNDERFLOW -> receiveMore();
      case CLOSED -> ended = true;
      case OK -> afterRecord(result);
    }
  }

  private void receiveMore() throws IOException {
    if (!receive()) {
      throw new EOFException("the connection ended without a TLS close");
    }
  }

  /** A key update of the other end asks for an answer. */
  private void afterRecord(SSLEngineResult result) throws IOException {
    if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
      runTasks();
    }
    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
      wrapNothing();
    }
  }

  @Override
  public void write(ByteBuffer plain) throws IOException {
    synchronized (toSend) {
      int record = engine.getSession().getPacketBufferSize();
      while (plain.hasRemaining()) {
        toSend.clear();
        while (plain.hasRemaining() && toSend.remaining() >= record) {
          if (engine.wrap(plain, toSend).getStatus() == Status.CLOSED) {
            throw new EOFException("the TLS connection is closed");
          }
        }
        below.write(toSend.flip());
      }
    }
  }

  @Override
  public boolean isHungUp() {
    return below.isHungUp();
  }

  @Override
  public void abort() {
    below.abort();
  }

  @Override
  public void close() throws IOException {
    try {
      engine.closeOutbound();
      if (!engine.isOutboundDone()) {
        wrapNothing();
      }
    } catch (IOException e) {
      // The other end is gone already.
    } finally {
      below.close();
    }
  }
}
