package org.secretfs.attach;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.BorrowedBlockDevice;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.DeviceClaim;

/**
 * The main part of the process that serves one decrypted volume as a file through FUSE. Its starter
 * is {@link FuseAttachment}; {@link ServerLife} says when it ends.
 */
public final class VolumeServer {
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
    return run(input, output, VolumeForms::open);
  }

  static int run(ReadableByteChannel input, OutputStream output, VolumeOpener opener) {
    return ServerLife.run(
        output, () -> new VolumeOffer(ServerParameters.decode(Pipe.receive(input)), input, opener));
  }

  /** A volume whose key is still in the pipe. */
  private record VolumeOffer(
      ServerParameters parameters, ReadableByteChannel input, VolumeOpener opener)
      implements ServerLife.Offer {
    @Override
    public VolumeName name() {
      return parameters.volumeName();
    }

    @Override
    public Path directory() {
      return parameters.directory();
    }

    @Override
    public boolean readOnly() {
      return parameters.readOnly();
    }

    @Override
    public AutoCloseable lock() throws IOException {
      return DeviceClaim.tryServe(parameters.backing(), parameters.readOnly())
          .orElseThrow(
              () -> new ServerLife.BackingInUse(parameters.backing() + " is in use already"));
    }

    @Override
    public BlockDevice open() throws IOException {
      try (SecretBuffer key = SecretBuffer.allocate(parameters.keyLengthBytes())) {
        Pipe.readFully(input, key.segment().asByteBuffer());
        return listening(opener.open(parameters, key));
      }
    }

    /** The device, which is closed together with the socket that takes it through its forms. */
    private BlockDevice listening(ServedForms forms) throws IOException {
      Path socket = RuntimeDirectory.at(parameters.directory()).socket();
      try {
        return new BorrowedBlockDevice(
            forms.device(), ReencryptionSocket.listen(socket, parameters, forms));
      } catch (IOException | RuntimeException e) {
        forms.close();
        throw e;
      }
    }
  }
}
