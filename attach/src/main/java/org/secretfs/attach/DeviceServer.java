package org.secretfs.attach;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.List;
import org.secretfs.block.BlockDevice;

/**
 * The main part of the process that serves a device without a cipher as a file through FUSE. Its
 * starter is {@link FuseDevices}; {@link ServerLife} says when it ends.
 */
public final class DeviceServer {
  private DeviceServer() {}

  /** Opens what a {@link DeviceRequest} describes. */
  @FunctionalInterface
  public interface Opener {
    /**
     * Opens it.
     *
     * @return a device that the caller closes
     */
    BlockDevice open(List<String> description, boolean readOnly) throws IOException;
  }

  /**
   * Serves until unmounted or told to end. Call it once, from {@code main}, and exit afterwards.
   *
   * @param input what the starter sends
   * @param output told "ready" when the device can be used; nothing else may be written to it
   * @return the exit status for the process: 0, or 1 after a failure, which was logged and told on
   *     {@code output}
   */
  public static int run(ReadableByteChannel input, OutputStream output, Opener opener) {
    return ServerLife.run(
        output, () -> new DeviceOffer(DeviceParameters.decode(Pipe.receive(input)), opener));
  }

  private record DeviceOffer(DeviceParameters parameters, Opener opener)
      implements ServerLife.Offer {
    @Override
    public VolumeName name() {
      return parameters.name();
    }

    @Override
    public Path directory() {
      return parameters.directory();
    }

    @Override
    public boolean readOnly() {
      return parameters.readOnly();
    }

    /** The name's own lock is enough: whoever keeps the device knows of other users. */
    @Override
    public AutoCloseable lock() {
      return () -> {};
    }

    @Override
    public BlockDevice open() throws IOException {
      return opener.open(parameters.description(), parameters.readOnly());
    }
  }
}
