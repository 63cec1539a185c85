package org.secretfs.attach;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.secretfs.luks.ReencryptRun;

/**
 * What the server of a volume is asked for on its socket.
 *
 * <p>On the wire: a length (4 bytes, big-endian), then that many bytes: a magic number and the
 * fields below in their order; then the passphrase, which is no part of this record. The server
 * answers in lines: {@code ready} and nothing more where no passphrase follows; otherwise {@code
 * progress DONE TOTAL} as it goes, and at last {@code done}, {@code stopped} or {@code refused:
 * WHY}. A client that goes away stops the re-encryption at the end of a part.
 *
 * @param backing the device that the client means; the server refuses any but its own
 * @param header where the client means its header to be
 * @param run how to go on
 * @param passphraseBytes how many bytes of passphrase follow; 0 only asks whether it could be done
 */
record ReencryptionRequest(Path backing, Path header, ReencryptRun run, int passphraseBytes) {
  static final String READY = "ready";
  static final String PROGRESS = "progress ";
  static final String DONE = "done";
  static final String STOPPED = "stopped";
  static final String REFUSED = "refused: ";

  private static final int MAGIC = 0x53465231;
  private static final int MOST_PASSPHRASE_BYTES = 8 << 20;

  ReencryptionRequest {
    if (passphraseBytes < 0 || passphraseBytes > MOST_PASSPHRASE_BYTES) {
      throw new IllegalArgumentException(
          "passphrase of %d bytes: must be 0 to %d"
              .formatted(passphraseBytes, MOST_PASSPHRASE_BYTES));
    }
  }

  ByteBuffer encode() {
    return Pipe.encode(this::writeFields);
  }

  private void writeFields(DataOutputStream out) throws IOException {
    out.writeInt(MAGIC);
    out.writeUTF(backing.toString());
    out.writeUTF(header.toString());
    out.writeLong(run.hotzoneBytes().orElse(-1));
    out.writeLong(run.volumeBytes().orElse(-1));
    out.writeLong(run.bytesPerSecond().orElse(-1));
    out.writeInt(run.workers());
    out.writeInt(passphraseBytes);
  }

  /**
   * Reads one, and leaves the passphrase in the channel.
   *
   * @throws IOException if it is not what {@link #encode} writes
   */
  static ReencryptionRequest read(ReadableByteChannel channel) throws IOException {
    return Pipe.decode(
        "a re-encryption", MAGIC, Pipe.receive(channel), ReencryptionRequest::readFields);
  }

  private static ReencryptionRequest readFields(DataInputStream in) throws IOException {
    Path backing = Path.of(in.readUTF());
    Path header = Path.of(in.readUTF());
    ReencryptRun run =
        new ReencryptRun(
            bound(in.readLong()), bound(in.readLong()), bound(in.readLong()), in.readInt());
    return new ReencryptionRequest(backing, header, run, in.readInt());
  }

  private static OptionalLong bound(long value) {
    return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
  }
}
