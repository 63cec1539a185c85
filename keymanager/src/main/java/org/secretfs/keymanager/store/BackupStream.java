package org.secretfs.keymanager.store;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.secretfs.crypto.Aead;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.HmacSha256;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * The content of a backup in sealed chunks, each bound to the header, its number, and whether it is
 * the last: none can be changed, left out, moved or cut off. Whoever makes one closes it.
 */
final class BackupStream implements AutoCloseable {
  private static final int CHUNK_BYTES = 64 << 10;

  private final byte[] headerHash;
  private final SecretBuffer key;

  /**
   * Prepares.
   *
   * @param backupKey not kept
   * @param header the header's bytes
   */
  BackupStream(SecretBuffer backupKey, byte[] header) {
    this.headerHash = sha256(header);
    this.key =
        HmacSha256.macToSecret(
            backupKey, new LengthPrefixed("secretfs backup").bytes(headerHash).toBytes());
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private byte[] place(int number, boolean last) {
    return new LengthPrefixed("secretfs backup chunk")
        .bytes(headerHash)
        .number(number)
        .number(last ? 1 : 0)
        .toBytes();
  }

  /** Seals all of {@code content}. */
  void write(InputStream content, OutputStream out) throws IOException {
    byte[] chunk = content.readNBytes(CHUNK_BYTES);
    for (int number = 0; ; number++) {
      byte[] next = content.readNBytes(CHUNK_BYTES);
      boolean last = next.length == 0;
      byte[] sealed = Aead.seal(key, place(number, last), chunk);
      out.write(ByteBuffer.allocate(Integer.BYTES).putInt(sealed.length).array());
      out.write(sealed);
      if (last) {
        return;
      }
      chunk = next;
    }
  }

  /** Opens all chunks; what was written to {@code out} counts only if this returns. */
  void read(InputStream in, OutputStream out) throws IOException, KeyManagerException.Backup {
    DataInputStream data = new DataInputStream(in);
    try {
      byte[] sealed = chunk(data);
      for (int number = 0; ; number++) {
        byte[] next = chunkOrEnd(data);
        boolean last = next.length == 0;
        byte[] content = Aead.open(key, place(number, last), sealed);
        out.write(content);
        Arrays.fill(content, (byte) 0);
        if (last) {
          return;
        }
        sealed = next;
      }
    } catch (CryptoException.Tampered | EOFException e) {
      throw new KeyManagerException.Backup("backup: was changed or cut off");
    }
  }

  private static byte[] chunkOrEnd(DataInputStream data)
      throws IOException, KeyManagerException.Backup {
    data.mark(1);
    int first = data.read();
    if (first < 0) {
      return new byte[0];
    }
    data.reset();
    return chunk(data);
  }

  private static byte[] chunk(DataInputStream data) throws IOException, KeyManagerException.Backup {
    int length = data.readInt();
    if (length < Aead.OVERHEAD_BYTES || length > CHUNK_BYTES + Aead.OVERHEAD_BYTES) {
      throw new KeyManagerException.Backup("backup: was changed or cut off");
    }
    byte[] sealed = new byte[length];
    data.readFully(sealed);
    return sealed;
  }

  @Override
  public void close() {
    key.close();
  }
}
