package org.secretfs.attach;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.ReencryptListener;
import org.secretfs.luks.ReencryptRun;

/**
 * Re-encryption of a volume by the process that serves it over FUSE, while it is in use: asks that
 * process through the socket in the volume's runtime directory.
 */
public final class ServedReencryption {
  private final String volumeName;
  private final Path socket;
  private final Path backing;
  private final Path header;

  private ServedReencryption(String volumeName, Path socket, Path backing, Path header) {
    this.volumeName = volumeName;
    this.socket = socket;
    this.backing = backing;
    this.header = header;
  }

  /**
   * A volume that may be served.
   *
   * @param runtimeDirectory that of {@link FuseAttachment}
   * @param volumeName the name that the volume was attached under
   * @param backing where the caller believes its data to be, absolute
   * @param header where its header is: the same, unless detached
   */
  public static ServedReencryption of(
      Path runtimeDirectory, String volumeName, Path backing, Path header) {
    VolumeName name = VolumeName.of(volumeName);
    Path directory = runtimeDirectory.resolve(name.text());
    return new ServedReencryption(
        volumeName, RuntimeDirectory.at(directory).socket(), backing, header);
  }

  /**
   * Makes sure that a process serves this volume from this device, and can re-encrypt it.
   *
   * @throws AttachException.NotFound if no process of ours serves a volume of that name
   * @throws LuksException.ReencryptionRefused if it is another volume
   */
  public void requireReady() throws IOException, AttachException, LuksException {
    ReencryptRun any =
        new ReencryptRun(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), 1);
    try (SocketChannel server = connect()) {
      send(server, new ReencryptionRequest(backing, header, any, 0).encode());
      String answer = lines(server).readLine();
      if (!ReencryptionRequest.READY.equals(answer)) {
        throw refusal(answer);
      }
    }
  }

  /**
   * Has the server go on with a re-encryption that the header says began, and waits. If this
   * process ends, or the listener says so, it stops at the end of a part.
   *
   * @param passphrase opens both keys; stays the caller's
   * @return whether the end was reached
   * @throws LuksException.ReencryptionRefused if the server refused or failed, with its words
   */
  public boolean run(SecretBuffer passphrase, ReencryptRun run, ReencryptListener listener)
      throws IOException, AttachException, LuksException {
    try (SocketChannel server = connect()) {
      send(server, new ReencryptionRequest(backing, header, run, passphrase.length()).encode());
      send(server, passphrase.segment().asByteBuffer());
      BufferedReader lines = lines(server);
      String line = lines.readLine();
      while (line != null && line.startsWith(ReencryptionRequest.PROGRESS)) {
        String[] numbers = line.substring(ReencryptionRequest.PROGRESS.length()).split(" ", 2);
        if (!listener.progress(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]))) {
          return false;
        }
        line = lines.readLine();
      }
      if (!ReencryptionRequest.DONE.equals(line) && !ReencryptionRequest.STOPPED.equals(line)) {
        throw refusal(line);
      }
      return ReencryptionRequest.DONE.equals(line);
    }
  }

  private SocketChannel connect() throws IOException, AttachException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw new AttachException.NotFound(
          "no process of secretfs serves a volume under the name " + volumeName);
    }
  }

  private static void send(SocketChannel server, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      server.write(bytes);
    }
  }

  private static BufferedReader lines(SocketChannel server) {
    return new BufferedReader(Channels.newReader(server, StandardCharsets.UTF_8));
  }

  private LuksException refusal(@Nullable String answer) {
    if (answer == null) {
      return new LuksException.ReencryptionRefused(
          "the process that serves volume %s ended".formatted(volumeName));
    }
    return new LuksException.ReencryptionRefused(
        answer.startsWith(ReencryptionRequest.REFUSED)
            ? answer.substring(ReencryptionRequest.REFUSED.length())
            : "the process that serves volume %s said: %s".formatted(volumeName, answer));
  }
}
