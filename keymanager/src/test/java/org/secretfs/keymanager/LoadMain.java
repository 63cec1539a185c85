package org.secretfs.keymanager;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import org.secretfs.keymanager.sigv4.HttpMessage;
import org.secretfs.keymanager.sigv4.SignedClient;

/**
 * Measures how many times per second a server in a process of its own decrypts, for 32 clients on
 * connections that are kept. Each client repeats one signed request, as signatures allow for five
 * minutes, so that the figure is the server's. Argument: seconds.
 */
final class LoadMain {
  private static final int CLIENTS = 32;

  private LoadMain() {}

  public static void main(String[] arguments) throws Exception {
    int seconds = Integer.parseInt(arguments[0]);
    Path directory = Files.createTempDirectory("load");
    KeyManagerConfig config = KeyManagerConfig.below(directory);
    KeyManager.init(config, Clock.systemUTC());
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    try (AccessKey key =
            KeyManager.provisionUser(
                config, "load", List.of(Administration.ADMINISTRATOR_ACCESS), Clock.systemUTC());
        ServerProcess server = ServerProcess.start(directory);
        SignedClient client = new SignedClient(server.uri(), key.id(), TestServer.text(key))) {
      byte[] request = request(client);
      run(server.uri().getPort(), request, 5);
      out.println("Decrypt per second: " + run(server.uri().getPort(), request, seconds));
    }
  }

  private static byte[] request(SignedClient client) throws IOException {
    String keyId = client.call("CreateKey", "{}").json().at("/KeyMetadata/KeyId").textValue();
    String blob =
        client
            .call("GenerateDataKey", "{\"KeyId\":\"%s\",\"NumberOfBytes\":32}".formatted(keyId))
            .json()
            .path("CiphertextBlob")
            .textValue();
    byte[] body = "{\"CiphertextBlob\":\"%s\"}".formatted(blob).getBytes(StandardCharsets.US_ASCII);
    StringBuilder head = new StringBuilder("POST / HTTP/1.1\r\n");
    for (HttpMessage.Field field : client.headers("TrentService.Decrypt", body)) {
      head.append(field.name()).append(": ").append(field.value()).append("\r\n");
    }
    head.append("content-length: ").append(body.length).append("\r\n\r\n");
    return (head + new String(body, StandardCharsets.US_ASCII)).getBytes(StandardCharsets.US_ASCII);
  }

  private static String run(int port, byte[] request, int seconds) throws Exception {
    LongAdder done = new LongAdder();
    long[] slowest = new long[CLIENTS];
    CountDownLatch ended = new CountDownLatch(CLIENTS);
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    for (int i = 0; i < CLIENTS; i++) {
      int number = i;
      Thread.ofPlatform()
          .start(() -> {
            slowest[number] = client(port, request, end, done);
            ended.countDown();
          });
    }
    ended.await();
    long worst = Arrays.stream(slowest).max().orElse(0);
    return "%d (slowest answer %d ms)".formatted(done.sum() / seconds, worst / 1_000_000);
  }

  private static long client(int port, byte[] request, long end, LongAdder done) {
    long slowest = 0;
    byte[] buffer = new byte[4096];
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      while (System.nanoTime() < end) {
        long start = System.nanoTime();
        socket.getOutputStream().write(request);
        readAnswer(in, buffer);
        slowest = Math.max(slowest, System.nanoTime() - start);
        done.increment();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return slowest;
  }

  private static void readAnswer(InputStream in, byte[] buffer) throws IOException {
    int length = 0;
    while (true) {
      int read = in.read(buffer, length, buffer.length - length);
      if (read < 0) {
        throw new IOException("the server closed");
      }
      length += read;
      String text = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
      // The answer is small and ends with its only brace at the end.
      if (text.endsWith("}")) {
        if (!text.startsWith("HTTP/1.1 200")) {
          throw new IOException(text);
        }
        return;
      }
    }
  }
}
