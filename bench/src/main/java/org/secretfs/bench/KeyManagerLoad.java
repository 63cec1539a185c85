package org.secretfs.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts load on a server that speaks the KMS API, ours or another's.
 *
 * <pre>
 * decrypt ENDPOINT SECONDS CLIENTS      one signed Decrypt over and over, on connections that are kept
 * create  ENDPOINT SECONDS CLIENTS      CreateKey likewise
 * storm   ENDPOINT REQUESTS AT_ONCE CA  one Decrypt on each of so many new TLS connections
 * </pre>
 *
 * <p>Each client repeats one signed request, as signatures allow for five minutes, so that nearly
 * all of the work is the server's. Credentials come from the environment, as the AWS CLI takes
 * them. The first three seconds are not counted, nor is what fails; failures are told.
 */
public final class KeyManagerLoad {
  private static final Pattern KEY_ID = Pattern.compile("\"KeyId\": ?\"([^\"]+)\"");
  private static final Pattern BLOB = Pattern.compile("\"CiphertextBlob\": ?\"([^\"]+)\"");
  private static final long WARM_UP_NANOS = 3_000_000_000L;
  private static final int MOST_SAMPLES = 4_000_000;

  private final URI endpoint;
  private final Optional<Path> authorities;
  private final LoadSigner signer;
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicInteger samples = new AtomicInteger();
  private final long[] nanos = new long[MOST_SAMPLES];

  private KeyManagerLoad(URI endpoint, Optional<Path> authorities) {
    this.endpoint = endpoint;
    this.authorities = authorities;
    this.signer = LoadSigner.fromEnvironment(endpoint);
  }

  /** See the class. */
  public static void main(String[] arguments) throws Exception {
    URI endpoint = URI.create(arguments[1]);
    Optional<Path> authorities =
        arguments.length > 4 ? Optional.of(Path.of(arguments[4])) : Optional.empty();
    KeyManagerLoad load = new KeyManagerLoad(endpoint, authorities);
    int amount = Integer.parseInt(arguments[2]);
    int clients = Integer.parseInt(arguments[3]);
    double seconds =
        switch (arguments[0]) {
          case "decrypt" -> load.keepAsking(load.decryption(), amount, clients);
          case "create" -> load.keepAsking(load.signer.request("CreateKey", "{}"), amount, clients);
          case "storm" -> load.storm(load.decryption(), amount, clients);
          default -> throw new IllegalArgumentException("decrypt, create or storm");
        };
    load.report(arguments[0], clients, seconds);
  }

  private byte[] decryption() throws Exception {
    try (LoadConnection connection = LoadConnection.open(endpoint, authorities)) {
      String keyId = found(KEY_ID, connection.ask(signer.request("CreateKey", "{}")));
      String dataKey =
          connection.ask(
              signer.request(
                  "GenerateDataKey", "{\"KeyId\":\"%s\",\"NumberOfBytes\":32}".formatted(keyId)));
      return signer.request(
          "Decrypt", "{\"CiphertextBlob\":\"%s\"}".formatted(found(BLOB, dataKey)));
    }
  }

  private static String found(Pattern member, String answer) throws IOException {
    Matcher matcher = member.matcher(answer);
    if (!matcher.find()) {
      throw new IOException("no such member in " + answer);
    }
    return matcher.group(1);
  }

  private double keepAsking(byte[] request, int seconds, int clients) throws Exception {
    long counted = System.nanoTime() + WARM_UP_NANOS;
    long end = counted + seconds * 1_000_000_000L;
    try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
      for (int i = 0; i < clients; i++) {
        var _ = threads.submit(() -> askUntil(request, counted, end));
      }
    }
    return seconds;
  }

  private void askUntil(byte[] request, long counted, long end) {
    while (System.nanoTime() - end < 0) {
      try (LoadConnection connection = LoadConnection.open(endpoint, authorities)) {
        while (connection.isOpen() && System.nanoTime() - end < 0) {
          long start = System.nanoTime();
          String answer = connection.ask(request);
          if (start - counted >= 0) {
            count(start, answer);
          }
        }
      } catch (Exception e) {
        failures.incrementAndGet();
      }
    }
  }

  private void count(long start, String answer) {
    if (!answer.startsWith("HTTP/1.1 200") && !answer.startsWith("HTTP/1.0 200")) {
      failures.incrementAndGet();
      return;
    }
    int place = samples.getAndIncrement();
    if (place < MOST_SAMPLES) {
      nanos[place] = System.nanoTime() - start;
    }
  }

  private double storm(byte[] request, int requests, int atOnce) throws Exception {
    Semaphore room = new Semaphore(atOnce);
    long first = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < requests; i++) {
        room.acquire();
        var _ =
            threads.submit(() -> {
              askOnce(request);
              room.release();
            });
      }
    }
    return (System.nanoTime() - first) / 1e9;
  }

  private void askOnce(byte[] request) {
    long start = System.nanoTime();
    try (LoadConnection connection = LoadConnection.open(endpoint, authorities)) {
      count(start, connection.ask(request));
    } catch (Exception e) {
      failures.incrementAndGet();
    }
  }

  private void report(String job, int clients, double seconds) {
    int count = Math.min(samples.get(), MOST_SAMPLES);
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    PrintStream out = new PrintStream(System.out, true, UTF_8);
    out.println(
        String.format(
            Locale.ROOT,
            "{\"job\":\"%s\",\"clients\":%d,\"requests\":%d,\"seconds\":%.2f,\"per_second\":%.0f,"
                + "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"worst_ms\":%.2f,\"failures\":%d}",
            job,
            clients,
            samples.get(),
            seconds,
            samples.get() / seconds,
            millis(sorted, 0.50),
            millis(sorted, 0.99),
            millis(sorted, 1.0),
            failures.get()));
  }

  private static double millis(long[] sorted, double share) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[Math.min(sorted.length - 1, (int) (sorted.length * share))] / 1e6;
  }
}
