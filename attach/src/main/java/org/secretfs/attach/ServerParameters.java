package org.secretfs.attach;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.secretfs.luks.CryptSegment;

/**
 * What a volume server is told by its starter on its standard input, before the volume key.
 *
 * <p>On the pipe: a length (4 bytes, big-endian), then that many bytes: a magic number, the fields
 * below in their order, the key's length; then the key itself, which is no part of this record.
 *
 * @param volumeName the volume's name
 * @param backing the device or file that holds the volume
 * @param header the device or file that holds its header: the backing device, unless detached
 * @param directory the volume's runtime directory, which holds the mount point
 * @param inReencryption whether the volume is served in the parts of a re-encryption; the key that
 *     follows is then a passphrase that opens both volume keys
 * @param keyLengthBytes how many bytes of volume key follow
 */
record ServerParameters(
    VolumeName volumeName,
    Path backing,
    Path header,
    Path directory,
    CryptSegment segment,
    boolean readOnly,
    boolean discards,
    boolean inReencryption,
    int keyLengthBytes) {
  private static final int MAGIC = 0x53465632;
  private static final int MOST_KEY_BYTES = 8 << 20;

  ServerParameters {
    if (keyLengthBytes < 1 || keyLengthBytes > MOST_KEY_BYTES) {
      throw new IllegalArgumentException(
          "volume key of %d bytes: must be 1 to %d".formatted(keyLengthBytes, MOST_KEY_BYTES));
    }
  }

  /** Returns what a server needs to know for a request. */
  static ServerParameters of(AttachRequest request, Path directory) {
    return new ServerParameters(
        VolumeName.of(request.volumeName()),
        request.backing(),
        request.header(),
        directory,
        request.segment(),
        request.readOnly(),
        request.discards(),
        request.inReencryption(),
        request.volumeKey().length());
  }

  /** Returns the length and the fields, ready to be sent. */
  ByteBuffer encode() {
    return Pipe.encode(this::writeFields);
  }

  private void writeFields(DataOutputStream out) throws IOException {
    out.writeInt(MAGIC);
    out.writeUTF(volumeName.text());
    out.writeUTF(backing.toString());
    out.writeUTF(header.toString());
    out.writeUTF(directory.toString());
    out.writeLong(segment.offsetBytes());
    out.writeLong(segment.sizeBytes().orElse(-1));
    out.writeUTF(segment.cipher());
    out.writeInt(segment.sectorSize());
    out.writeLong(segment.ivTweak());
    out.writeBoolean(readOnly);
    out.writeBoolean(discards);
    out.writeBoolean(inReencryption);
    out.writeInt(keyLengthBytes);
  }

  /**
   * Reads the fields.
   *
   * @param bytes the fields, without their length
   * @throws IOException if they are not what {@link #encode} writes
   */
  static ServerParameters decode(byte[] bytes) throws IOException {
    return Pipe.decode("a volume server", MAGIC, bytes, ServerParameters::readFields);
  }

  private static ServerParameters readFields(DataInputStream in) throws IOException {
    VolumeName name = VolumeName.of(in.readUTF());
    Path backing = Path.of(in.readUTF());
    Path header = Path.of(in.readUTF());
    Path directory = Path.of(in.readUTF());
    long offsetBytes = in.readLong();
    long sizeBytes = in.readLong();
    OptionalLong size = sizeBytes < 0 ? OptionalLong.empty() : OptionalLong.of(sizeBytes);
    CryptSegment segment =
        new CryptSegment(offsetBytes, size, in.readUTF(), in.readInt(), in.readLong());
    return new ServerParameters(
        name,
        backing,
        header,
        directory,
        segment,
        in.readBoolean(),
        in.readBoolean(),
        in.readBoolean(),
        in.readInt());
  }
}
