package org.secretfs.machinetest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.secretfs.cli.Main;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.HotzoneGate;
import org.secretfs.luks.LuksStorage;
import org.secretfs.luks.ReencryptOptions;
import org.secretfs.luks.ReencryptRun;
import org.secretfs.luks.Reencryption;
import org.secretfs.luks.ReencryptionSetup;

/** A volume in files that the commands of the product work on, in this process. */
record OurVolume(Path data, Optional<Path> header, Path keyFile) {
  private static final long ZONE_BYTES = 256 << 10;

  void format(List<String> options) throws IOException {
    List<Object> words = new ArrayList<>(options);
    words.addAll(place());
    words.add(keyFile);
    run("format", new byte[0], words);
  }

  void write(byte[] plain) throws IOException {
    run("write", plain, withKeyFile());
  }

  byte[] read() throws IOException {
    return run("read", new byte[0], withKeyFile());
  }

  /** Goes on with a re-encryption that anybody began. */
  void finishReencryption() throws IOException {
    List<Object> words = new ArrayList<>(List.of("--resume-only", "--batch-mode"));
    words.addAll(withKeyFile());
    run("reencrypt", new byte[0], words);
  }

  /** Begins a re-encryption and stops it after some zones; the header is attached. */
  void beginReencryption(ReencryptOptions options, int zones)
      throws IOException, SecretfsException {
    ReencryptRun run =
        new ReencryptRun(
            OptionalLong.of(ZONE_BYTES), OptionalLong.empty(), OptionalLong.empty(), 2);
    int[] left = {zones};
    try (LuksStorage storage = FileLuksStorage.open(data);
        SecretBuffer secret = SecretBuffer.takeFrom(Files.readAllBytes(keyFile))) {
      ReencryptionSetup.reencrypt(storage, storage, List.of(secret), options);
      try (Reencryption begun = Reencryption.open(storage, storage, List.of(secret))) {
        if (begun.run(run, HotzoneGate.NONE, (_, _) -> left[0]-- > 0)) {
          throw new IOException("it came to its end in " + zones + " zones");
        }
      }
    }
  }

  /** Whether a re-encryption was begun and not finished. */
  boolean isInReencryption() throws IOException, SecretfsException {
    try (LuksStorage storage = FileLuksStorage.openReadOnly(header.orElse(data))) {
      return Reencryption.status(storage).isPresent();
    }
  }

  private List<Object> withKeyFile() {
    List<Object> words = new ArrayList<>(List.of("--key-file", keyFile));
    words.addAll(place());
    return words;
  }

  private List<Object> place() {
    return header
        .<List<Object>>map(file -> List.of("--header", file, data))
        .orElseGet(() -> List.of(data));
  }

  private static byte[] run(String action, byte[] input, List<Object> words) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("luks", action));
    words.forEach(word -> arguments.add(word.toString()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        Main.run(
            new Output(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8)),
            Input.of(Channels.newChannel(new ByteArrayInputStream(input))),
            arguments.toArray(String[]::new));
    if (status != 0) {
      throw new IOException(arguments + " ended with " + status + ": " + err.toString(UTF_8));
    }
    return out.toByteArray();
  }
}
