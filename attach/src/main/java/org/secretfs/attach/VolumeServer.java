package org.secretfs.attach;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.secretfs.block.BlockDevice;
import org.secretfs.crypto.memory.ProcessHardening;
import org.secretfs.crypto.memory.SecretBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main part of the process that serves one decrypted volume as a file through FUSE.
 *
 * <p>Its starter is {@link FuseAttachment}. It ends when the file system is unmounted and nobody
 * has the volume open, or after SIGTERM: then it flushes, waits until nobody has the volume open,
 * and unmounts. So a SIGTERM under a mounted file system loses nothing, at the price of waiting.
 */
public final class VolumeServer {
  /** What the server writes to its standard output when the volume can be used. */
  static final String READY = "ready";

  /** How a line begins that says that another serves the same backing device. */
  static final String BUSY = "busy: ";

  private static final Logger LOG = LoggerFactory.getLogger(VolumeServer.class);
  private static final Path OOM_SCORE = Path.of("/proc/self/oom_score_adj");

  private VolumeServer() {}

  /**
   * Serves until unmounted or told to end. Call it once, from {@code main}, and exit afterwards.
   *
   * @param input what the starter sends: use {@code new FileInputStream(FileDescriptor.in)
   *     .getChannel()}, because {@code System.in} keeps a copy of the key in its buffer
   * @param output told "ready" when the volume can be used; nothing else may be written to it
   * @return the exit status for the process: 0, or 1 after a failure, which was logged and told on
   *     {@code output}
   */
  public static int run(ReadableByteChannel input, OutputStream output) {
    return run(input, output, EncryptedVolumes::open);
  }

  static int run(ReadableByteChannel input, OutputStream output, VolumeOpener opener) {
    try {
      serve(input, output, opener);
      return 0;
    } catch (BackingInUse e) {
      return failed(output, BUSY, e);
    } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
      return failed(output, "failed: ", e);
    }
  }

  private static int failed(OutputStream output, String beginning, Throwable failure) {
    LOG.error("serving the volume failed", failure);
    tell(output, beginning + failure.getMessage());
    return 1;
  }

  private static void serve(ReadableByteChannel input, OutputStream output, VolumeOpener opener)
      throws IOException {
    ProcessHardening.apply().stream().filter(fact -> !fact.effective()).forEach(VolumeServer::warn);
    ServerParameters parameters = readParameters(input);
    RuntimeDirectory directory = RuntimeDirectory.at(parameters.directory());
    stayAlive();
    directory.noteServer(self());
    try (VolumeLock _ = lock(parameters);
        BlockDevice device = open(input, parameters, opener)) {
      ServedVolume served = ServedVolume.mount(parameters, directory.mountPoint(), device);
      Runtime.getRuntime().addShutdownHook(new Thread(served::endWhenUnused, "end"));
      tell(output, READY);
      served.awaitEnd();
    }
  }

  private static ServerParameters readParameters(ReadableByteChannel input) throws IOException {
    int lengthBytes = readFully(input, ByteBuffer.allocate(Integer.BYTES)).getInt();
    if (lengthBytes < 0 || lengthBytes > ServerParameters.MOST_BYTES) {
      throw new IOException(
          "parameters of %d bytes: must be 0 to %d"
              .formatted(lengthBytes, ServerParameters.MOST_BYTES));
    }
    return ServerParameters.decode(readFully(input, ByteBuffer.allocate(lengthBytes)).array());
  }

  private static BlockDevice open(
      ReadableByteChannel input, ServerParameters parameters, VolumeOpener opener)
      throws IOException {
    try (SecretBuffer key = SecretBuffer.allocate(parameters.keyLengthBytes())) {
      readFully(input, key.segment().asByteBuffer());
      return opener.open(parameters, key);
    }
  }

  private static ByteBuffer readFully(ReadableByteChannel input, ByteBuffer target)
      throws IOException {
    while (target.hasRemaining()) {
      if (input.read(target) < 0) {
        throw new IOException("the starter closed the pipe before it had sent everything");
      }
    }
    return target.flip();
  }

  private static VolumeLock lock(ServerParameters parameters) throws IOException {
    return VolumeLock.tryBacking(parameters.backing(), parameters.readOnly())
        .orElseThrow(() -> new BackingInUse(parameters.backing() + " is served already"));
  }

  /** Keeps the kernel from choosing this process when memory runs out: the volume hangs on it. */
  private static void stayAlive() {
    try {
      Files.writeString(OOM_SCORE, "-1000");
    } catch (IOException e) {
      LOG.warn("cannot lower the score for the out-of-memory killer: {}", e.getMessage());
    }
  }

  private static void warn(ProcessHardening.Fact fact) {
    LOG.warn("hardening of this process: {}: {}", fact.name(), fact.detail());
  }

  private static ProcessIdentity self() {
    return ProcessIdentity.ofLive(ProcessHandle.current().pid()).orElseThrow();
  }

  private static void tell(OutputStream output, String line) {
    try {
      output.write((line.replace('\n', ' ') + "\n").getBytes(StandardCharsets.UTF_8));
      output.flush();
    } catch (IOException e) {
      LOG.warn("the starter has gone", e);
    }
  }

  /** Another volume server holds the backing device. */
  private static final class BackingInUse extends IOException {
    BackingInUse(String message) {
      super(message);
    }
  }
}
