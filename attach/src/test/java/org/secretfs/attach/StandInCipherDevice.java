package org.secretfs.attach;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;

/** Stand-in. */
final class StandInCipherDevice implements BlockDevice {
  private final BlockDevice backing;
  private final SectorCipher cipher;
  private final long offset;

  private StandInCipherDevice(BlockDevice backing, SectorCipher cipher, long offset) {
    this.backing = backing;
    this.cipher = cipher;
    this.offset = offset;
  }

  static BlockDevice open(ServerParameters p, SecretBuffer key) throws IOException {
    BlockDevice backing =
        p.readOnly()
            ? FileBlockDevice.openReadOnly(p.backing())
            : FileBlockDevice.open(p.backing());
    return new StandInCipherDevice(
        backing, SectorCiphers.aesXts(key, p.segment().sectorSize()), p.segment().offsetBytes());
  }

  @Override
  public long sizeBytes() {
    return backing.sizeBytes() - offset;
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    byte[] bytes = new byte[target.remaining()];
    backing.read(ByteBuffer.wrap(bytes), offset + offsetBytes);
    cipher.decrypt(bytes, 0, bytes.length, offsetBytes / 512);
    target.put(bytes);
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    byte[] bytes = new byte[source.remaining()];
    source.get(bytes);
    cipher.encrypt(bytes, 0, bytes.length, offsetBytes / 512);
    backing.write(ByteBuffer.wrap(bytes), offset + offsetBytes);
  }

  @Override
  public void flush() throws IOException {
    backing.flush();
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) {}

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    write(ByteBuffer.allocate((int) lengthBytes), offsetBytes);
  }

  @Override
  public void close() throws IOException {
    cipher.close();
    backing.close();
  }
}
