package org.secretfs.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.secretfs.block.BlankCheck;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksProbe;

/** Finds out what is on a device. Reads only. */
final class DeviceInspector {
  private DeviceInspector() {}

  /**
   * Looks at a device.
   *
   * @throws AgentException if it is not there and is not a file to be made, or cannot be read
   */
  static DeviceState inspect(DeviceSpec device) throws AgentException {
    Path path = device.path();
    try {
      if (!Files.exists(path)) {
        return absent(device);
      }
      if (device instanceof DeviceSpec.BackingFile && Files.size(path) == 0) {
        return new DeviceState.Absent();
      }
      return inspectContent(path);
    } catch (IOException e) {
      throw new AgentException(
          AgentError.DEVICE_UNREADABLE, "device %s cannot be read: %s".formatted(path, e), e);
    }
  }

  private static DeviceState absent(DeviceSpec device) throws AgentException {
    if (device instanceof DeviceSpec.BackingFile) {
      return new DeviceState.Absent();
    }
    throw new AgentException(
        AgentError.DEVICE_MISSING, "device %s does not exist".formatted(device.path()));
  }

  private static DeviceState inspectContent(Path path) throws IOException {
    LuksProbe probe;
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(path)) {
      probe = LuksProbe.probe(storage);
    }
    return switch (probe.kind()) {
      case LUKS2 -> new DeviceState.Luks2();
      case UNFINISHED_FORMAT -> new DeviceState.Blank();
      case LUKS1 ->
          new DeviceState.Unusable(
              AgentError.FORMAT_UNSUPPORTED,
              "%s holds LUKS1, and volumes must be LUKS2: %s".formatted(path, probe.detail()));
      case DAMAGED_LUKS ->
          new DeviceState.Unusable(
              AgentError.DEVICE_DAMAGED,
              "%s holds a damaged LUKS header: %s".formatted(path, probe.detail()));
      case NONE -> blankOrForeign(path);
    };
  }

  private static DeviceState blankOrForeign(Path path) throws IOException {
    try (FileBlockDevice device = FileBlockDevice.openReadOnly(path)) {
      BlankCheck check = BlankCheck.of(device);
      if (check.isBlank()) {
        return new DeviceState.Blank();
      }
      String what =
          check
              .signature()
              .orElseGet(
                  () -> "data at byte %d".formatted(check.firstNonZeroBytes().orElseThrow()));
      return new DeviceState.Foreign(what);
    }
  }
}
