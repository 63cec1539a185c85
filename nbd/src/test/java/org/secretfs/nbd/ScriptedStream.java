package org.secretfs.nbd;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.secretfs.nbd.socket.ByteStream;

/** A connection whose other end sends given bytes, then closes, and takes everything. */
public final class ScriptedStream implements ByteStream {
  private final ByteBuffer script;
  private long written;

  public ScriptedStream(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    script = ByteBuffer.wrap(all.toByteArray());
  }

  /** How many bytes were sent to the other end. */
  public long written() {
    return written;
  }

  @Override
  public synchronized int read(ByteBuffer target) {
    int count = Math.min(target.remaining(), script.remaining());
    if (count == 0) {
      return -1;
    }
    target.put(target.position(), script, script.position(), count);
    target.position(target.position() + count);
    script.position(script.position() + count);
    return count;
  }

  @Override
  public synchronized void write(ByteBuffer source) {
    written += source.remaining();
    source.position(source.limit());
  }

  @Override
  public void abort() {
    // The script ends by itself.
  }

  @Override
  public void close() {
    // Nothing is held but memory.
  }
}
