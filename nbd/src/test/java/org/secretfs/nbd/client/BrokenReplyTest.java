package org.secretfs.nbd.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.nbd.TestServer;
import org.secretfs.nbd.socket.Endpoint;

/** Replies that end in the middle. */
class BrokenReplyTest {
  private static final int PART_BYTES = 64 << 10;
  private static final int PARTS = 16;
  private static final int BLOCK_STATUS = 7;

  /** The header of a chunk, the context's number, and three of the extents. */
  private static final int CUT_WITHIN_EXTENTS_BYTES = 20 + 4 + 3 * 8;

  @TempDir private Path folder;

  /** A line to a server that is cut once, so many bytes after a block status was asked for. */
  private static final class CuttingLine implements AutoCloseable {
    private final ServerSocketChannel listener = ServerSocketChannel.open();
    private final Path server;
    private final AtomicLong leftBytes = new AtomicLong(Long.MAX_VALUE);
    private volatile boolean cut;

    CuttingLine(Path server) throws IOException {
      this.server = server;
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Thread.ofPlatform().daemon().start(this::accept);
    }

    Endpoint endpoint() throws IOException {
      return new Endpoint.Tcp(
          "127.0.0.1", ((InetSocketAddress) listener.getLocalAddress()).getPort());
    }

    private void accept() {
      try {
        while (true) {
          SocketChannel client = listener.accept();
          SocketChannel behind = SocketChannel.open(StandardProtocolFamily.UNIX);
          behind.connect(UnixDomainSocketAddress.of(server));
          Thread.ofPlatform().daemon().start(() -> forward(client, behind));
          Thread.ofPlatform().daemon().start(() -> back(behind, client));
        }
      } catch (IOException e) {
        // The test is over.
      }
    }

    private void forward(SocketChannel client, SocketChannel behind) {
      ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
      try (client;
          behind) {
        while (client.read(bytes.clear()) > 0) {
          bytes.flip();
          if (!cut && bytes.remaining() >= 28 && bytes.getShort(6) == BLOCK_STATUS) {
            leftBytes.set(CUT_WITHIN_EXTENTS_BYTES);
          }
          while (bytes.hasRemaining()) {
            behind.write(bytes);
          }
        }
      } catch (ClosedChannelException e) {
        // The other direction was cut.
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private void back(SocketChannel behind, SocketChannel client) {
      ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
      try (client;
          behind) {
        while (behind.read(bytes.clear()) > 0) {
          bytes.flip();
          if (bytes.remaining() >= leftBytes.get()) {
            bytes.limit((int) leftBytes.getAndSet(Long.MAX_VALUE));
            client.write(bytes);
            cut = true;
            return;
          }
          while (bytes.hasRemaining()) {
            client.write(bytes);
          }
        }
      } catch (ClosedChannelException e) {
        // The client disconnected.
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  /** Every other part holds data. */
  private Path image() throws IOException {
    Path image = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) PARTS * PART_BYTES);
      for (int part = 1; part < PARTS; part += 2) {
        file.seek((long) part * PART_BYTES);
        file.write(new byte[PART_BYTES - 1]);
        file.write(part);
      }
    }
    return image;
  }

  private static List<String> extents(NbdBlockDevice device) throws IOException {
    List<String> extents = new ArrayList<>();
    device.extents(
        0,
        device.sizeBytes(),
        (length, hole, zero) ->
            extents.add(length + (hole ? " hole" : " data") + (zero ? "0" : "")));
    return extents;
  }

  @Test
  void extents_replyBreaksOffInTheMiddle_saysNothingTwice() throws Exception {
    try (FileBlockDevice file = FileBlockDevice.open(image());
        TestServer server = TestServer.of(file);
        NbdBlockDevice straight = NbdBlockDevice.open(NbdTarget.of(server.endpoint(), ""));
        CuttingLine line = new CuttingLine(server.socket);
        NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(line.endpoint(), ""))) {
      List<String> whole = extents(straight);

      assertThat(extents(device)).isEqualTo(whole).hasSize(PARTS);
      assertThat(line.cut).as("the line was cut").isTrue();
    }
  }
}
