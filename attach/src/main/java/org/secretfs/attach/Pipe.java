package org.secretfs.attach;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Records on the way to a server, by pipe or socket: a length, then a magic number and fields. */
final class Pipe {
  /** The most bytes that a record may have. */
  static final int MOST_BYTES = 16 << 10;

  private Pipe() {}

  /** Writes the fields of a record. */
  @FunctionalInterface
  interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  /** Reads the fields of a record. */
  @FunctionalInterface
  interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  /** Returns the length and the fields, ready to be sent. */
  static ByteBuffer encode(Writer writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      writer.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ByteBuffer.allocate(Integer.BYTES + bytes.size())
        .putInt(bytes.size())
        .put(bytes.toByteArray())
        .flip();
  }

  /**
   * Reads a record.
   *
   * @param bytes the fields, without their length
   * @throws IOException if the magic number or the fields are others, or bytes are left over
   */
  static <T> T decode(String ofWhat, int magic, byte[] bytes, Reader<T> reader) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (in.readInt() != magic) {
        throw new IOException("parameters of %s begin with another magic number".formatted(ofWhat));
      }
      T record = reader.read(in);
      if (in.read() >= 0) {
        throw new IOException("parameters of %s have bytes left over".formatted(ofWhat));
      }
      return record;
    } catch (IllegalArgumentException e) {
      throw new IOException("parameters of %s: %s".formatted(ofWhat, e.getMessage()), e);
    }
  }

  /** Receives the fields of a record. */
  static byte[] receive(ReadableByteChannel input) throws IOException {
    int lengthBytes = readFully(input, ByteBuffer.allocate(Integer.BYTES)).getInt();
    if (lengthBytes < 0 || lengthBytes > MOST_BYTES) {
      throw new IOException(
          "parameters of %d bytes: must be 0 to %d".formatted(lengthBytes, MOST_BYTES));
    }
    return readFully(input, ByteBuffer.allocate(lengthBytes)).array();
  }

  static ByteBuffer readFully(ReadableByteChannel input, ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      if (input.read(target) < 0) {
        throw new IOException("the other end closed before it had sent everything");
      }
    }
    return target.flip();
  }
}
