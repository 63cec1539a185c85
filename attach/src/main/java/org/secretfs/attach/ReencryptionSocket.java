package org.secretfs.attach;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.LuksException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a server of a volume hears that it is to be re-encrypted: a socket in the volume's runtime
 * directory, which only its owner may enter. One re-encryption runs at a time. Closing it waits for
 * the end of the part that is being rewritten, and closes the volume.
 */
final class ReencryptionSocket implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(ReencryptionSocket.class);
  private static final int MOST_WORKERS = 16;

  private final ServerSocketChannel listening;
  private final ServerParameters parameters;
  private final ServedForms forms;
  private final ReentrantLock running = new ReentrantLock();
  private volatile boolean ending;

  private ReencryptionSocket(
      ServerSocketChannel listening, ServerParameters parameters, ServedForms forms) {
    this.listening = listening;
    this.parameters = parameters;
    this.forms = forms;
  }

  /**
   * Listens until closed.
   *
   * @param forms taken over
   */
  static ReencryptionSocket listen(Path path, ServerParameters parameters, ServedForms forms)
      throws IOException {
    boolean _ = Files.deleteIfExists(path);
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(path));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    ReencryptionSocket socket = new ReencryptionSocket(channel, parameters, forms);
    start("reencryption-socket", socket::accept);
    return socket;
  }

  private static void start(String name, Runnable task) {
    Thread.ofPlatform().daemon().name(name).start(task);
  }

  private void accept() {
    try {
      while (!ending) {
        SocketChannel client = listening.accept();
        start("reencryption", () -> serve(client));
      }
    } catch (ClosedChannelException e) {
      LOG.debug("the socket was closed", e);
    } catch (IOException e) {
      LOG.error("nobody can ask for re-encryption any more", e);
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      ReencryptionRequest request = ReencryptionRequest.read(client);
      String answer;
      try {
        answer = answer(request, client);
      } catch (IOException | LuksException | RuntimeException e) {
        LOG.warn("re-encryption ended early", e);
        answer = ReencryptionRequest.REFUSED + e.getMessage();
      }
      tell(client, answer);
    } catch (IOException e) {
      LOG.debug("a client has gone", e);
    }
  }

  private String answer(ReencryptionRequest request, SocketChannel client)
      throws IOException, LuksException {
    requireOwn(request);
    if (request.passphraseBytes() == 0) {
      return ReencryptionRequest.READY;
    }
    try (SecretBuffer passphrase = SecretBuffer.allocate(request.passphraseBytes())) {
      ByteBuffer _ = Pipe.readFully(client, passphrase.segment().asByteBuffer());
      if (!running.tryLock()) {
        throw new LuksException.HeaderBusy("the volume is being re-encrypted already");
      }
      try {
        boolean ended =
            forms.reencrypt(
                passphrase,
                request.run(),
                (done, total) ->
                    !ending && tell(client, ReencryptionRequest.PROGRESS + done + " " + total));
        return ended ? ReencryptionRequest.DONE : ReencryptionRequest.STOPPED;
      } finally {
        running.unlock();
      }
    }
  }

  private void requireOwn(ReencryptionRequest request) throws IOException, LuksException {
    if (!Files.isSameFile(request.backing(), parameters.backing())
        || !Files.isSameFile(request.header(), parameters.header())) {
      throw new LuksException.ReencryptionRefused(
          "volume %s is %s with the header on %s"
              .formatted(parameters.volumeName(), parameters.backing(), parameters.header()));
    }
    if (request.run().volumeBytes().isPresent() || request.run().workers() > MOST_WORKERS) {
      throw new LuksException.ReencryptionRefused(
          "a volume in use is re-encrypted whole, by at most %d threads".formatted(MOST_WORKERS));
    }
  }

  /** Returns whether the client is still there. */
  private static boolean tell(SocketChannel client, String line) {
    ByteBuffer bytes =
        ByteBuffer.wrap((line.replace('\n', ' ') + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        client.write(bytes);
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    ending = true;
    try {
      listening.close();
    } finally {
      running.lock();
      forms.close();
    }
  }
}
