package org.secretfs.block;

import java.io.IOException;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksProbe;
import org.secretfs.luks.LuksStorage;

/** What is on a device before anything is done to it. Finding out never writes. */
public sealed interface DeviceContent {
  /** Every byte looked at is zero, or a format of ours began and never finished. */
  record Blank() implements DeviceContent {}

  /** A LUKS2 header with at least one valid copy. */
  record Luks2() implements DeviceContent {}

  /** A LUKS1 header. */
  record Luks1(String detail) implements DeviceContent {}

  /** The remains of a LUKS header. */
  record DamagedLuks(String detail) implements DeviceContent {}

  /**
   * Something else.
   *
   * @param what what was found where
   */
  record Foreign(String what) implements DeviceContent {}

  /**
   * Looks at a device that may hold a header and, behind it, data.
   *
   * @param header where the header would be
   * @param device the same device as a row of bytes
   * @param samplesAllowed whether samples of a device over 4 GiB prove it blank; else it is read
   *     whole
   * @param dataOffsetBytes where the data of a format of ours begins
   * @throws LuksException.HeaderBusy if another program keeps the header's lock
   */
  static DeviceContent of(
      LuksStorage header, BlockDevice device, boolean samplesAllowed, long dataOffsetBytes)
      throws IOException, LuksException.HeaderBusy {
    LuksProbe probe = LuksProbe.probe(header);
    return switch (probe.kind()) {
      case LUKS2 -> new Luks2();
      case LUKS1 -> new Luks1(probe.detail());
      case DAMAGED_LUKS -> new DamagedLuks(probe.detail());
      // A format cut short proves nothing of what lies behind the header's area.
      case UNFINISHED_FORMAT ->
          blankOrForeign(BlankCheck.beyond(device, samplesAllowed, dataOffsetBytes));
      case NONE -> blankOrForeign(BlankCheck.of(device, samplesAllowed));
    };
  }

  private static DeviceContent blankOrForeign(BlankCheck check) {
    if (check.isBlank()) {
      return new Blank();
    }
    long at = check.firstNonZeroBytes().orElseThrow();
    return new Foreign(check.signature().orElseGet(() -> "data at byte %d".formatted(at)));
  }
}
