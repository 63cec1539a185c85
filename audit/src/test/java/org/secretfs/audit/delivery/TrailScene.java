package org.secretfs.audit.delivery;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditException;
import org.secretfs.audit.AuditLog;

/** A log, a bucket in memory, a key and a clock; every step outwards can fail, as if killed. */
final class TrailScene implements TrailDestination, DeliveryStore, DigestSigner {
  static final Duration PERIOD = Duration.ofMinutes(60);
  private static final KeyPair PAIR = pair();

  final TrailNames names = new TrailNames("123456789012", "eu-west-1", "main", "trail", "");
  final TreeMap<String, byte[]> objects = new TreeMap<>();
  final TreeMap<String, Map<String, String>> metadata = new TreeMap<>();
  private final Path directory;
  private Instant now = Instant.parse("2026-11-21T08:00:00Z");
  private byte @Nullable [] state;
  private int stepsLeft = Integer.MAX_VALUE;
  private int unique;
  private int written;

  TrailScene(Path directory) {
    this.directory = directory;
  }

  /** What a process that is killed there would not get past. */
  static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] der() {
    return TrailKey.encode((RSAPublicKey) PAIR.getPublic());
  }

  static List<TrailKey> keys() {
    return List.of(new TrailKey(der(), Instant.EPOCH, Instant.parse("2030-01-01T00:00:00Z")));
  }

  void pass(Duration time) {
    now = now.plus(time);
  }

  void killAfter(int steps) {
    stepsLeft = steps;
  }

  private void step() {
    if (stepsLeft-- <= 0) {
      throw new Killed();
    }
  }

  void write(int records) throws IOException, AuditException {
    try (AuditLog log = AuditLog.open(directory, clock())) {
      for (int i = 0; i < records; i++) {
        log.append(
            AuditEvent.named("kms.amazonaws.com", "Decrypt")
                .at(now)
                .requestId("request-" + ++written)
                .noting(JsonNodeFactory.instance.objectNode().put("note", written))
                .build());
      }
    }
  }

  /** Delivers, as a process that was just started would. */
  long deliver() throws IOException, AuditException {
    try (AuditLog log = AuditLog.open(directory, clock())) {
      return delivery(log).run();
    }
  }

  private TrailDelivery delivery(AuditLog log) {
    return new TrailDelivery(
        new TrailDelivery.Source(directory, log::head),
        names,
        this,
        this,
        this,
        PERIOD,
        () -> "%016d".formatted(++unique),
        clock());
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return now;
      }
    };
  }

  TrailReport verify() throws IOException {
    return TrailVerifier.verify(new InMemory(), keys());
  }

  /** The bucket, to be checked. */
  private final class InMemory implements TrailFiles {
    @Override
    public List<String> keys() {
      return new ArrayList<>(objects.keySet());
    }

    @Override
    public Optional<byte[]> get(String key) {
      return TrailScene.this.get(key);
    }

    @Override
    public Map<String, String> metadata(String key) {
      return TrailScene.this.metadata(key);
    }
  }

  Map<String, String> metadata(String key) {
    return metadata.getOrDefault(key, Map.of());
  }

  /** The content of a file that is there, as it was put. */
  byte[] object(String key) {
    return Objects.requireNonNull(objects.get(key));
  }

  /** The names of log files, or of digest files. */
  List<String> named(String kind) {
    return objects.keySet().stream().filter(key -> key.contains("/" + kind + "/")).toList();
  }

  List<String> logs() {
    return named("CloudTrail");
  }

  List<String> digests() {
    return named("CloudTrail-Digest");
  }

  @Override
  public boolean putIfAbsent(String key, byte[] content, Map<String, String> about) {
    step();
    boolean absent = objects.putIfAbsent(key, content) == null;
    if (absent) {
      metadata.put(key, about);
    }
    step();
    return absent;
  }

  @Override
  public Optional<byte[]> get(String key) {
    return Optional.ofNullable(objects.get(key));
  }

  @Override
  public void close() {}

  @Override
  public Optional<byte[]> load() {
    return Optional.ofNullable(state);
  }

  @Override
  public void save(byte[] saved) {
    step();
    state = Arrays.copyOf(saved, saved.length);
    step();
  }

  @Override
  public String keyFor(Instant digestEnd) {
    return TrailKey.fingerprint(der());
  }

  @Override
  public byte[] sign(String fingerprint, byte[] text) throws IOException {
    try {
      Signature signer = Signature.getInstance(ALGORITHM);
      signer.initSign(PAIR.getPrivate());
      signer.update(text);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }
}
