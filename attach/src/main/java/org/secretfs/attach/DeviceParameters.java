package org.secretfs.attach;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the server of a {@link DeviceRequest} is told by its starter on its standard input: a length
 * (4 bytes, big-endian), then that many bytes with the fields in their order.
 */
record DeviceParameters(
    VolumeName name, Path directory, boolean readOnly, List<String> description) {
  private static final int MAGIC = 0x53464431;

  static DeviceParameters of(DeviceRequest request, Path directory) {
    return new DeviceParameters(
        request.name(), directory, request.readOnly(), request.description());
  }

  ByteBuffer encode() {
    return Pipe.encode(this::writeFields);
  }

  private void writeFields(DataOutputStream out) throws IOException {
    out.writeInt(MAGIC);
    out.writeUTF(name.text());
    out.writeUTF(directory.toString());
    out.writeBoolean(readOnly);
    out.writeInt(description.size());
    for (String text : description) {
      out.writeUTF(text);
    }
  }

  /**
   * Reads the fields.
   *
   * @throws IOException if they are not what {@link #encode} writes
   */
  static DeviceParameters decode(byte[] bytes) throws IOException {
    return Pipe.decode("a device server", MAGIC, bytes, DeviceParameters::readFields);
  }

  private static DeviceParameters readFields(DataInputStream in) throws IOException {
    VolumeName name = VolumeName.of(in.readUTF());
    Path directory = Path.of(in.readUTF());
    boolean readOnly = in.readBoolean();
    int count = in.readInt();
    List<String> description = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      description.add(in.readUTF());
    }
    return new DeviceParameters(name, directory, readOnly, description);
  }
}
