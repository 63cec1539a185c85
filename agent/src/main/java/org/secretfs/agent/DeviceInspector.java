package org.secretfs.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.secretfs.block.DeviceContent;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.VolumeDefaults;

/** Finds out what is on a device. Reads only. */
final class DeviceInspector {
  private DeviceInspector() {}

  /**
   * Looks at a device.
   *
   * @throws AgentException if it is not there and is not a file to be made, or cannot be read
   * @throws LuksException.HeaderBusy if another program keeps the header's lock
   */
  static DeviceState inspect(DeviceSpec device) throws AgentException, LuksException.HeaderBusy {
    Path path = device.path();
    try {
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      if (device instanceof DeviceSpec.BackingFile && found.isRegularFile() && found.size() == 0) {
        return new DeviceState.Absent();
      }
      return inspectContent(path);
    } catch (NoSuchFileException e) {
      return absent(device);
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

  private static DeviceState inspectContent(Path path)
      throws IOException, LuksException.HeaderBusy {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(path);
        FileBlockDevice device = FileBlockDevice.openReadOnly(path)) {
      return state(
          path,
          DeviceContent.of(
              storage, device, device.isKernelDevice(), VolumeDefaults.DATA_OFFSET_BYTES));
    }
  }

  private static DeviceState state(Path path, DeviceContent content) {
    return switch (content) {
      case DeviceContent.Luks2 _ -> new DeviceState.Luks2();
      case DeviceContent.Blank _ -> new DeviceState.Blank();
      case DeviceContent.Foreign foreign -> new DeviceState.Foreign(foreign.what());
      case DeviceContent.Luks1 luks1 ->
          new DeviceState.Unusable(
              AgentError.FORMAT_UNSUPPORTED,
              "%s holds LUKS1, and volumes must be LUKS2: %s".formatted(path, luks1.detail()));
      case DeviceContent.DamagedLuks damaged ->
          new DeviceState.Unusable(
              AgentError.DEVICE_DAMAGED,
              "%s holds a damaged LUKS header: %s".formatted(path, damaged.detail()));
    };
  }
}
