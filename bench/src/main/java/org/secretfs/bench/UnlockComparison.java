package org.secretfs.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.secretfs.block.EncryptedBlockDevice;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.AuthenticHeader;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.ManifestDerivation;
import org.secretfs.luks.ManifestOptions;
import org.secretfs.luks.VolumeKey;

/**
 * Unlocks the same volumes with {@code cryptsetup open --test-passphrase} and with this library, in
 * turns, and prints medians in milliseconds and their ratios: within this warm process, and as a
 * whole process of its own, whose time is mostly the virtual machine's start.
 *
 * <p>Run with {@code java --enable-native-access=ALL-UNNAMED -cp bench/target/benchmarks.jar
 * org.secretfs.bench.UnlockComparison [ROUNDS]}. Needs cryptsetup, and 1 GiB of memory.
 */
public final class UnlockComparison {
  private static final int SECRET_BYTES = 32;
  private static final long IMAGE_BYTES = 20L << 20;
  private static final int FIRST_READ_BYTES = 4096;
  private static final int OPENINGS = 200;

  private final Path image;
  private final byte[] secret;
  private final int rounds;

  private UnlockComparison(Path image, byte[] secret, int rounds) {
    this.image = image;
    this.secret = secret;
    this.rounds = rounds;
  }

  public static void main(String[] args) throws Exception {
    if (args.length == 2) {
      openOnce(Path.of(args[0]), Files.readAllBytes(Path.of(args[1])));
      return;
    }
    int rounds = args.length == 1 ? Integer.parseInt(args[0]) : 7;
    Path folder = Files.createTempDirectory("unlock");
    Path image = folder.resolve("image");
    try {
      byte[] secret = new byte[SECRET_BYTES];
      Arrays.fill(secret, (byte) 'k');
      Files.write(folder.resolve("key"), secret);
      System.out.printf("%-32s %12s %14s %14s%n", "", "cryptsetup", "ours, warm", "ours, process");
      for (Map.Entry<String, KdfParameters> entry : parameters().entrySet()) {
        format(image, entry.getValue(), secret);
        new UnlockComparison(image, secret, rounds).compare(entry.getKey(), folder.resolve("key"));
      }
      format(image, new KdfParameters.Pbkdf2("sha256", 1000), secret);
      openAndRead(image, secret);
    } finally {
      Files.deleteIfExists(image);
      Files.deleteIfExists(folder.resolve("key"));
      Files.delete(folder);
    }
  }

  private static Map<String, KdfParameters> parameters() {
    Map<String, KdfParameters> all = new LinkedHashMap<>();
    all.put("argon2id 1 GiB, 4 passes, 4 lanes", new KdfParameters.Argon2id(4, 1 << 20, 4));
    all.put("argon2id 256 MiB, 4 passes, 1 lane", new KdfParameters.Argon2id(4, 256 << 10, 1));
    all.put("argon2i 64 MiB, 4 passes, 2 lanes", new KdfParameters.Argon2i(4, 64 << 10, 2));
    all.put("pbkdf2-sha256, 1,000,000", new KdfParameters.Pbkdf2("sha256", 1_000_000));
    all.put("pbkdf2-sha512, 1,000,000", new KdfParameters.Pbkdf2("sha512", 1_000_000));
    all.put("pbkdf2-sha256, 1,000", new KdfParameters.Pbkdf2("sha256", 1000));
    return all;
  }

  private static void format(Path image, KdfParameters kdf, byte[] secret) throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(IMAGE_BYTES);
    }
    FormatOptions options =
        FormatOptions.builder(kdf)
            .sectorSize(FIRST_READ_BYTES)
            .manifest(ManifestOptions.first("bench", ManifestDerivation.RANDOM_SECRET))
            .build();
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer passphrase = SecretBuffer.takeFrom(secret.clone())) {
      Luks2Volume.format(storage, options, passphrase);
    }
  }

  private void compare(String name, Path key) throws Exception {
    double[] theirs = new double[rounds];
    double[] warm = new double[rounds];
    double[] process = new double[rounds];
    openOnce(image, secret);
    for (int round = 0; round < rounds; round++) {
      theirs[round] = millis(this::cryptsetup);
      warm[round] = millis(() -> openOnce(image, secret));
      process[round] = millis(() -> ownProcess(key));
    }
    double base = median(theirs);
    System.out.printf(
        "%-32s %9.1f ms %6.1f ms %.2f %6.1f ms %.2f%n",
        name, base, median(warm), median(warm) / base, median(process), median(process) / base);
  }

  private static void openOnce(Path image, byte[] secret) throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image);
        SecretBuffer passphrase = SecretBuffer.takeFrom(secret.clone());
        VolumeKey key = Luks2Volume.read(storage).unlock(passphrase)) {
      require(key.length() > 0, "no key");
    }
  }

  private void cryptsetup() throws IOException, InterruptedException {
    run(
        secret,
        List.of("cryptsetup", "open", "--test-passphrase", "--key-file", "-", image.toString()));
  }

  private void ownProcess(Path key) throws IOException, InterruptedException {
    run(
        new byte[0],
        List.of(
            ProcessHandle.current().info().command().orElse("java"),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path", ""),
            UnlockComparison.class.getName(),
            image.toString(),
            key.toString()));
  }

  private static void run(byte[] input, List<String> command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input);
    }
    require(process.waitFor() == 0, command + " failed");
  }

  /** What the agent does at boot once it has the secret, up to the first 4096 bytes of data. */
  private static void openAndRead(Path image, byte[] secret) throws Exception {
    double[] all = new double[OPENINGS];
    for (int i = 0; i < OPENINGS; i++) {
      all[i] = millis(() -> readFirst(image, secret));
    }
    double[] warm = Arrays.copyOfRange(all, OPENINGS / 2, OPENINGS);
    Arrays.sort(warm);
    System.out.printf(
        "%nopen, check the manifest, unlock, read %d bytes; random secret, warm process:%n"
            + "first %.1f ms; of the last %d: median %.2f ms, 99th percentile %.2f ms, most %.2f ms%n",
        FIRST_READ_BYTES,
        all[0],
        warm.length,
        warm[warm.length / 2],
        warm[warm.length * 99 / 100],
        warm[warm.length - 1]);
  }

  private static void readFirst(Path image, byte[] secret) throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image);
        SecretBuffer passphrase = SecretBuffer.takeFrom(secret.clone())) {
      Luks2Volume volume = Luks2Volume.read(storage);
      AuthenticHeader header = volume.authenticate(passphrase, "bench", 1);
      try (VolumeKey key = volume.unlock(passphrase, header.keyslot());
          EncryptedBlockDevice device = device(image, header, key)) {
        device.read(ByteBuffer.allocate(FIRST_READ_BYTES), 0);
      }
    }
  }

  private static EncryptedBlockDevice device(Path image, AuthenticHeader header, VolumeKey key)
      throws IOException {
    CipherSpec spec = CipherSpec.find(header.segment().cipher()).orElseThrow();
    SectorCipher cipher = SectorCiphers.of(spec, key.secret(), header.segment().sectorSize());
    return new EncryptedBlockDevice(
        FileBlockDevice.openReadOnly(image),
        header.segment(),
        cipher,
        EncryptedBlockDevice.TrimPolicy.IGNORE);
  }

  private static double millis(Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e6;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(what);
    }
  }

  /** What is timed. */
  private interface Work {
    void run() throws Exception;
  }
}
