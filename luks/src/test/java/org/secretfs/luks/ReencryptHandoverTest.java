package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Data encrypted and decrypted in place and data that moves, handed from one program to the other
 * half-done, against the real cryptsetup on plain files. All data is compared each time.
 */
class ReencryptHandoverTest {
  private static final int SHIFT_BYTES = 2 << 20;
  private static final int DATA_BYTES = 8 << 20;
  private static final long ZONE_BYTES = 512 << 10;
  private static final List<String> CHEAP =
      List.of("--type", "luks2", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000");
  private static final List<String> OFFLINE =
      List.of("--force-offline-reencrypt", "--disable-locks");

  @TempDir Path folder;
  private Path image;
  private Path header;
  private Path keyFile;
  private final byte[] plain = PlainData.random(DATA_BYTES, 2);

  /** What is done, by the options that cryptsetup begins it with. */
  enum Kind {
    ENCRYPT_HEADER_APART(false, "--encrypt"),
    ENCRYPT_HEADER_AT_THE_BEGINNING(false, "--encrypt --reduce-device-size 4M"),
    DECRYPT_HEADER_APART(true, "--decrypt"),
    DECRYPT_HEADER_MOVES_OUT(true, "--decrypt"),
    DECRYPT_HEADER_MOVES_OUT_JOURNAL(
        true, "--decrypt --resilience datashift-journal --hotzone-size 1M"),
    REENCRYPT_DATA_MOVES(true, "--reduce-device-size 2M");

    private final boolean encryptedBefore;
    private final String options;

    Kind(boolean encryptedBefore, String options) {
      this.encryptedBefore = encryptedBefore;
      this.options = options;
    }

    /** Whether the header has a file of its own from the beginning. */
    boolean isApart() {
      return this == ENCRYPT_HEADER_APART || this == DECRYPT_HEADER_APART;
    }

    /** Whether it is in a file of its own while the work goes on. */
    boolean isApartMeanwhile() {
      return isApart() || isDecryption();
    }

    boolean isDecryption() {
      return options.startsWith("--decrypt");
    }
  }

  @BeforeEach
  void makeFiles() throws IOException {
    Tools.require("cryptsetup");
    image = folder.resolve("image");
    header = folder.resolve("header");
    keyFile = Files.writeString(folder.resolve("key"), "right");
  }

  private List<String> command(List<String> words, boolean apart) {
    List<String> command = new ArrayList<>(List.of("cryptsetup", "-q", "--key-file", "" + keyFile));
    command.addAll(words);
    if (apart) {
      command.addAll(List.of("--header", header.toString()));
    }
    command.add(image.toString());
    return command;
  }

  private void cryptsetup(boolean apart, List<String> words) throws Exception {
    String _ = Tools.runWithInput("", command(words, apart).toArray());
  }

  private static List<String> joined(List<?>... lists) {
    return Stream.of(lists).flatMap(List::stream).map(Object::toString).toList();
  }

  /** The data as it is before anything begins. */
  private void prepare(Kind kind) throws Exception {
    if (!kind.encryptedBefore) {
      Files.write(image, Arrays.copyOf(plain, DATA_BYTES + (kind.isApart() ? 0 : 4 << 20)));
      return;
    }
    int free = kind == Kind.REENCRYPT_DATA_MOVES ? SHIFT_BYTES : 0;
    int offset = kind.isApart() ? 0 : SHIFT_BYTES;
    Files.write(image, new byte[offset + DATA_BYTES + free]);
    String sectors = Integer.toString(offset / 512);
    cryptsetup(kind.isApart(), joined(List.of("luksFormat"), CHEAP, List.of("--offset", sectors)));
    try (LuksStorage data = FileLuksStorage.open(image);
        LuksStorage start = FileLuksStorage.open(kind.isApart() ? header : image)) {
      PlainData.write(start, data, "right", plain);
    }
  }

  private void beginByCryptsetup(Kind kind) throws Exception {
    List<String> cheap = kind.isDecryption() ? List.of() : CHEAP.subList(2, 6);
    List<String> type = kind.encryptedBefore ? List.of() : CHEAP.subList(0, 2);
    cryptsetup(
        kind.isApartMeanwhile(),
        joined(
            List.of("reencrypt", "--init-only"),
            OFFLINE,
            type,
            cheap,
            List.of(kind.options.split(" ", -1))));
  }

  private void finishByCryptsetup(Kind kind) throws Exception {
    cryptsetup(kind.isApartMeanwhile(), joined(List.of("reencrypt", "--resume-only"), OFFLINE));
  }

  private Path headerPlace(Kind kind) {
    return kind.isApartMeanwhile() ? header : image;
  }

  private void beginByUs(Kind kind) throws Exception {
    if (!Files.exists(header) && kind.isApartMeanwhile()) {
      Files.write(header, new byte[16 << 20]);
    }
    ReencryptOptions options = ReencryptOptions.defaults();
    try (LuksStorage data = FileLuksStorage.open(image);
        LuksStorage place = FileLuksStorage.open(headerPlace(kind));
        SecretBuffer secret = TestVolumes.passphrase("right")) {
      FormatOptions.Builder format = FormatOptions.builder(TestVolumes.CHEAP);
      switch (kind) {
        case ENCRYPT_HEADER_APART ->
            ReencryptionSetup.encryptWithDetachedHeader(
                place, data, secret, format.dataOffsetBytes(0).build(), options);
        case ENCRYPT_HEADER_AT_THE_BEGINNING ->
            ReencryptionSetup.encryptWithHeaderAtTheBeginning(
                data, secret, format.dataOffsetBytes(SHIFT_BYTES).build());
        case DECRYPT_HEADER_APART ->
            ReencryptionSetup.decryptWithDetachedHeader(place, data, secret, options);
        case DECRYPT_HEADER_MOVES_OUT, DECRYPT_HEADER_MOVES_OUT_JOURNAL -> {
          ReencryptionSetup.exportHeader(data, place);
          ReencryptionSetup.decryptWithExportedHeader(
              place,
              data,
              secret,
              kind == Kind.DECRYPT_HEADER_MOVES_OUT
                  ? options
                  : options.withProtection(ReencryptOptions.Protection.JOURNAL));
        }
        case REENCRYPT_DATA_MOVES ->
            ReencryptionSetup.reencrypt(
                place, data, List.of(secret), options.withShiftBytes(SHIFT_BYTES));
      }
    }
  }

  /** Runs ours until that many parts are done; returns whether the end was reached. */
  private boolean resume(Kind kind, int parts) throws Exception {
    ReencryptRun run =
        new ReencryptRun(
            OptionalLong.of(ZONE_BYTES), OptionalLong.empty(), OptionalLong.empty(), 2);
    try (LuksStorage data = FileLuksStorage.open(image);
        LuksStorage place = FileLuksStorage.open(headerPlace(kind));
        SecretBuffer secret = TestVolumes.passphrase("right");
        Reencryption volume = Reencryption.open(place, data, List.of(secret))) {
      int[] left = {parts};
      return volume.run(run, HotzoneGate.NONE, (_, _) -> left[0]-- > 0);
    }
  }

  private void requireAllData(Kind kind) throws Exception {
    byte[] found;
    if (kind.isDecryption()) {
      found = Files.readAllBytes(image);
    } else {
      cryptsetup(kind.isApart(), List.of("open", "--test-passphrase", "--disable-locks"));
      try (LuksStorage data = FileLuksStorage.open(image);
          LuksStorage place = FileLuksStorage.open(headerPlace(kind))) {
        found = PlainData.read(place, data, "right");
      }
    }
    assertThat(Arrays.equals(Arrays.copyOf(found, DATA_BYTES), plain)).isTrue();
  }

  private boolean isUnderWay(Kind kind) throws Exception {
    try (LuksStorage place = FileLuksStorage.openReadOnly(headerPlace(kind))) {
      return Reencryption.status(place).isPresent();
    }
  }

  private long seqid(Kind kind) throws Exception {
    byte[] binary = new byte[BinaryHeader.SIZE_BYTES];
    try (LuksStorage place = FileLuksStorage.openReadOnly(headerPlace(kind))) {
      place.read(ByteBuffer.wrap(binary), 0);
    }
    return BinaryHeader.unchecked(binary).seqid();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void run_begunByCryptsetupAndByUsHalfDone_isFinishedByCryptsetup(Kind kind) throws Exception {
    prepare(kind);
    beginByCryptsetup(kind);
    assertThat(resume(kind, 3)).isFalse();
    finishByCryptsetup(kind);
    requireAllData(kind);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void run_begunByUsAndHalfDone_isFinishedByCryptsetup(Kind kind) throws Exception {
    prepare(kind);
    beginByUs(kind);
    assertThat(resume(kind, 3)).isFalse();
    finishByCryptsetup(kind);
    requireAllData(kind);
  }

  /** Killed as soon as it has written some headers, wherever it is then. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void run_cryptsetupKilledHalfWay_isFinishedByUs(Kind kind) throws Exception {
    prepare(kind);
    beginByCryptsetup(kind);
    long begun = seqid(kind);
    Process process =
        new ProcessBuilder(
                command(
                    joined(
                        List.of("reencrypt", "--resume-only"),
                        OFFLINE,
                        List.of("--hotzone-size", ZONE_BYTES)),
                    kind.isApartMeanwhile()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    while (process.isAlive() && seqid(kind) < begun + 3) {
      Thread.sleep(1);
    }
    process.destroyForcibly().waitFor();
    assertThat(isUnderWay(kind)).isTrue();
    assertThat(resume(kind, Integer.MAX_VALUE)).isTrue();
    requireAllData(kind);
  }
}
