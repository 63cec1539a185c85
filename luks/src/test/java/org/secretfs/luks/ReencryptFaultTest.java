package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.ReencryptOptions.Protection;

/**
 * Re-encryptions that fail over and over: I/O errors, power cuts that lose or tear what was not yet
 * durable, several per run, then the end. The data is compared at every crash.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReencryptFaultTest {
  private static final int HEADER_BYTES = 512 << 10;
  private static final int DATA_BYTES = 256 << 10;
  private static final int ZONE_BYTES = 24 << 10;
  private static final int SHIFT_BYTES = 48 << 10;
  private static final int SECTOR_BYTES = 512;

  /** What is done to the volume. */
  enum Kind {
    REENCRYPT,
    REENCRYPT_MOVES,
    ENCRYPT_DETACHED,
    ENCRYPT_ATTACHED,
    DECRYPT_DETACHED,
    DECRYPT_EXPORTED
  }

  /** Header and data, on one storage or two. */
  private record Device(FaultyLuksStorage header, FaultyLuksStorage data) {
    static Device of(byte[] header, byte[] data) {
      FaultyLuksStorage first = new FaultyLuksStorage(header);
      return data.length == 0
          ? new Device(first, first)
          : new Device(first, new FaultyLuksStorage(data));
    }

    boolean isOne() {
      return header == data;
    }

    Device failAfter(long headerOperations, long dataOperations) {
      FaultyLuksStorage _ = header.failAfter(headerOperations);
      FaultyLuksStorage _ = isOne() ? data : data.failAfter(dataOperations);
      return this;
    }

    Device cutPower(long seed) {
      FaultyLuksStorage left = header.cutPower(seed);
      return new Device(left, isOne() ? left : data.cutPower(seed + 1));
    }

    Device again() {
      return of(header.content(), isOne() ? new byte[0] : data.content());
    }
  }

  private final byte[] plain = PlainData.random(DATA_BYTES, 7);
  private final Map<String, Device> begun = new HashMap<>();

  private static FormatOptions.Builder format(long dataOffsetBytes) {
    return FormatOptions.builder(TestVolumes.CHEAP)
        .keySizeBits(256)
        .sectorSize(SECTOR_BYTES)
        .dataOffsetBytes(dataOffsetBytes);
  }

  private static ReencryptOptions options(Protection protection) {
    return ReencryptOptions.defaults().withProtection(protection).withBlockBytes(SECTOR_BYTES);
  }

  @BeforeAll
  void begin() throws Exception {
    for (Kind kind : Kind.values()) {
      for (Protection protection : List.of(Protection.CHECKSUM, Protection.JOURNAL)) {
        begun.put(kind + " " + protection, begin(kind, protection));
      }
    }
  }

  private Device begin(Kind kind, Protection protection) throws Exception {
    Device device = before(kind);
    begin(kind, protection, device);
    return device;
  }

  /** The device before anything is begun. */
  private Device before(Kind kind) throws Exception {
    return switch (kind) {
      case REENCRYPT -> formatted(HEADER_BYTES, new byte[0]);
      case REENCRYPT_MOVES -> withRoom(formatted(HEADER_BYTES, new byte[0]));
      case ENCRYPT_DETACHED -> Device.of(new byte[16 << 20], plain);
      case ENCRYPT_ATTACHED ->
          Device.of(Arrays.copyOf(plain, DATA_BYTES + 2 * HEADER_BYTES), new byte[0]);
      case DECRYPT_DETACHED -> formatted(0, new byte[DATA_BYTES]);
      case DECRYPT_EXPORTED -> {
        Device whole = formatted(HEADER_BYTES, new byte[0]);
        byte[] header = Arrays.copyOf(whole.header().content(), HEADER_BYTES);
        yield Device.of(header, whole.header().content());
      }
    };
  }

  private static Device withRoom(Device device) {
    byte[] content = device.header().content();
    return Device.of(Arrays.copyOf(content, content.length + SHIFT_BYTES), new byte[0]);
  }

  private Device formatted(int dataOffsetBytes, byte[] data) throws Exception {
    int size = dataOffsetBytes == 0 ? 16 << 20 : dataOffsetBytes + DATA_BYTES;
    Device device = Device.of(new byte[size], data);
    try (SecretBuffer secret = TestVolumes.passphrase("right")) {
      Luks2Volume.format(device.header(), format(dataOffsetBytes).build(), secret);
    }
    PlainData.write(device.header(), device.data(), "right", plain);
    return dataOffsetBytes == 0 ? shortened(device) : device;
  }

  /** Copies of 16 MiB would take most of the time. */
  private static Device shortened(Device device) throws Exception {
    int keyslots = HEADER_BYTES - (32 << 10);
    ReencryptHeader.open(device.header())
        .update(json -> json.withObject("/config").put("keyslots_size", "" + keyslots));
    byte[] header = Arrays.copyOf(device.header().content(), HEADER_BYTES);
    return Device.of(header, device.data().content());
  }

  private static void begin(Kind kind, Protection protection, Device device)
      throws IOException, LuksException {
    ReencryptOptions options = options(protection);
    try (SecretBuffer secret = TestVolumes.passphrase("right")) {
      switch (kind) {
        case REENCRYPT ->
            ReencryptionSetup.reencrypt(device.header(), device.data(), List.of(secret), options);
        case REENCRYPT_MOVES ->
            ReencryptionSetup.reencrypt(
                device.header(),
                device.data(),
                List.of(secret),
                options.withShiftBytes(SHIFT_BYTES));
        case ENCRYPT_DETACHED ->
            ReencryptionSetup.encryptWithDetachedHeader(
                device.header(), device.data(), secret, format(0).build(), options);
        case ENCRYPT_ATTACHED ->
            ReencryptionSetup.encryptWithHeaderAtTheBeginning(
                device.header(), secret, format(HEADER_BYTES / 2).build());
        case DECRYPT_DETACHED ->
            ReencryptionSetup.decryptWithDetachedHeader(
                device.header(), device.data(), secret, options);
        case DECRYPT_EXPORTED ->
            ReencryptionSetup.decryptWithExportedHeader(
                device.header(), device.data(), secret, options.withHotzoneBytes(ZONE_BYTES));
      }
    }
  }

  private static boolean isBegun(Device device) throws IOException {
    try {
      return Reencryption.status(device.header()).isPresent();
    } catch (LuksException e) {
      return false;
    }
  }

  private static boolean resume(Device device) throws IOException, LuksException {
    ReencryptRun run =
        new ReencryptRun(
            OptionalLong.of(ZONE_BYTES), OptionalLong.empty(), OptionalLong.empty(), 1);
    try (SecretBuffer secret = TestVolumes.passphrase("right");
        Reencryption volume = Reencryption.open(device.header(), device.data(), List.of(secret))) {
      return volume.run(run, HotzoneGate.NONE, (_, _) -> true);
    }
  }

  private void requireFinished(Kind kind, Device device) throws Exception {
    byte[] found =
        switch (kind) {
          case REENCRYPT, REENCRYPT_MOVES, ENCRYPT_DETACHED, ENCRYPT_ATTACHED ->
              PlainData.read(device.header(), device.data(), "right");
          case DECRYPT_DETACHED, DECRYPT_EXPORTED -> device.data().content();
        };
    assertThat(Arrays.copyOf(found, DATA_BYTES)).isEqualTo(plain);
  }

  private void requireReadable(Device device) throws Exception {
    Device copy = device.again();
    if (isBegun(copy)) {
      byte[] found = PlainData.readParts(copy.header(), copy.data(), "right");
      assertThat(Arrays.copyOf(found, DATA_BYTES)).isEqualTo(plain);
    }
  }

  /** Header files that were made afresh have 16 MiB, and come up more rarely. */
  private static Kind kind(SplittableRandom random) {
    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
    return kind == Kind.ENCRYPT_DETACHED && random.nextInt(8) != 0 ? Kind.REENCRYPT : kind;
  }

  /** Crashes up to five times at random points, and resumes each time. */
  private void crashAndResume(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Kind kind = kind(random);
    Protection protection = random.nextBoolean() ? Protection.CHECKSUM : Protection.JOURNAL;
    Device device = Objects.requireNonNull(begun.get(kind + " " + protection)).again();
    boolean ended = false;
    for (int crash = random.nextInt(1, 6); crash > 0 && !ended; crash--) {
      device.failAfter(random.nextInt(60), random.nextInt(20));
      try {
        ended = resume(device);
      } catch (IOException e) {
        // As told.
      }
      device = random.nextInt(4) == 0 ? device.again() : device.cutPower(random.nextLong());
      requireReadable(device);
      ended = !isBegun(device);
    }
    if (!ended) {
      assertThat(resume(device)).isTrue();
    }
    requireFinished(kind, device);
  }

  private void crashAndResume(LongStream seeds) {
    seeds
        .parallel()
        .forEach(seed -> {
          try {
            crashAndResume(seed);
          } catch (Exception | AssertionError e) {
            throw new AssertionError("seed " + seed, e);
          }
        });
  }

  @Test
  void run_crashedAtRandomPointsOf150Seeds_losesNothing() {
    crashAndResume(LongStream.range(0, 150));
  }

  @Test
  @Tag("long")
  void run_crashedAtRandomPointsOf3000Seeds_losesNothing() {
    crashAndResume(LongStream.range(150, 3150));
  }

  /** Cuts the power after every single write and barrier of the beginning. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void begin_cutAnywhere_isBegunOrCanBeBegunAgain(Kind kind) throws Exception {
    Device whole = before(kind);
    Device device = whole.again();
    begin(kind, Protection.CHECKSUM, device);
    long points = device.header().operations() + (device.isOne() ? 0 : device.data().operations());
    for (long point = 0; point < points; point++) {
      Device cut = whole.again();
      boolean dataFails = !cut.isOne() && point % 2 == 1;
      cut.failAfter(dataFails ? Long.MAX_VALUE : point, dataFails ? point : Long.MAX_VALUE);
      try {
        begin(kind, Protection.CHECKSUM, cut);
      } catch (IOException e) {
        // As told.
      }
      Device left = cut.cutPower(point);
      if (!isBegun(left)) {
        begin(kind, Protection.CHECKSUM, left);
      }
      assertThat(resume(left)).isTrue();
      requireFinished(kind, left);
    }
    assertThat(points).isGreaterThan(3);
  }
}
