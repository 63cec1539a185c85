package org.secretfs.attach;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.secretfs.block.BlockDevice;
import org.secretfs.crypto.memory.ProcessHardening;
import org.secretfs.luks.DeviceInUseException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a process that serves one device as a file through FUSE, whatever the device is.
 *
 * <p>It ends when the file system is unmounted and nobody has the file open, or after SIGTERM: then
 * it flushes, waits until nobody has the file open, and unmounts. So a SIGTERM under a mounted file
 * system loses nothing, at the price of waiting.
 */
final class ServerLife {
  /** What the server writes to its standard output when the device can be used. */
  static final String READY = "ready";

  /** How a line begins that says that another serves the same thing. */
  static final String BUSY = "busy: ";

  private static final Logger LOG = LoggerFactory.getLogger(ServerLife.class);
  private static final Path OOM_SCORE = Path.of("/proc/self/oom_score_adj");

  private ServerLife() {}

  /** What a starter wants served. */
  interface Offer {
    VolumeName name();

    /** The runtime directory, which holds the mount point. */
    Path directory();

    boolean readOnly();

    /**
     * Keeps other servers off.
     *
     * @throws BackingInUse if one is there
     */
    AutoCloseable lock() throws IOException;

    /** Opens the device, which the caller closes. */
    BlockDevice open() throws IOException;
  }

  /** Learns from the starter what to serve. */
  @FunctionalInterface
  interface Hearing {
    Offer hear() throws IOException;
  }

  /** Another server holds what is to be served. */
  static final class BackingInUse extends IOException {
    BackingInUse(String message) {
      super(message);
    }
  }

  /**
   * Serves until unmounted or told to end.
   *
   * @return the exit status for the process: 0, or 1 after a failure, which was logged and told on
   *     {@code output}
   */
  static int run(OutputStream output, Hearing hearing) {
    try {
      ProcessHardening.apply().stream().filter(fact -> !fact.effective()).forEach(ServerLife::warn);
      serve(output, hearing.hear());
      return 0;
    } catch (DeviceInUseException | BackingInUse e) {
      return failed(output, BUSY, e);
    } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
      return failed(output, "failed: ", e);
    }
  }

  private static int failed(OutputStream output, String beginning, Throwable failure) {
    LOG.error("serving failed", failure);
    tell(output, beginning + failure.getMessage());
    return 1;
  }

  private static void serve(OutputStream output, Offer offer) throws IOException {
    RuntimeDirectory directory = RuntimeDirectory.at(offer.directory());
    stayAlive();
    directory.noteServer(self());
    try (Lock _ = new Lock(offer.lock());
        BlockDevice device = offer.open()) {
      ServedVolume served = ServedVolume.mount(offer, directory.mountPoint(), device);
      Runtime.getRuntime().addShutdownHook(new Thread(served::endWhenUnused, "end"));
      tell(output, READY);
      served.awaitEnd();
    }
  }

  /** A lock whose closing has no failure to speak of. */
  private record Lock(AutoCloseable held) implements AutoCloseable {
    @Override
    public void close() {
      try {
        held.close();
      } catch (Exception e) {
        LOG.warn("a lock could not be given back", e);
      }
    }
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
}
