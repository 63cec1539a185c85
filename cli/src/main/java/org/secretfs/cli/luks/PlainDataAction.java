package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.secretfs.block.BlockDevice;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** An action that moves plaintext in or out, from a position on. */
abstract class PlainDataAction extends LuksAction {
  static final int CHUNK_BYTES = 1 << 20;

  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private VolumeKeyFile volumeKeyFile = new VolumeKeyFile();

  @Option(
      names = "--at",
      paramLabel = "BYTES",
      defaultValue = "0",
      description = "Begin so far into the plaintext (default: ${DEFAULT-VALUE}).")
  private String at = "0";

  PlainDataAction(Output output, Input input) {
    super(output);
    this.input = input;
  }

  /** Moves it; returns the facts. */
  abstract ObjectNode move(BlockDevice plain, long begin) throws IOException, SecretfsException;

  final Path data() {
    return device.data();
  }

  final Input input() {
    return input;
  }

  /** Unlocks the volume and moves data; claims the data device unless it is only read. */
  final ObjectNode onPlainData(boolean readOnly) throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.read()) {
      LuksVolume volume = LuksVolume.read(storage);
      try (VolumeKey opened =
              volumeKeyFile.unlock(volume, input, key, OptionalInt.empty(), device.data());
          BlockDevice plain = PlainData.open(device.data(), volume.segment(), opened, readOnly)) {
        return move(plain, Bytes.parse(at));
      }
    }
  }
}
