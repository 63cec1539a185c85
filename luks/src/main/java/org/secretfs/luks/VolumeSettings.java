package org.secretfs.luks;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * What of a header can be set and does not touch keys: names and priorities of keyslots.
 *
 * <p>Each call is one durable update of both copies; a crash leaves the old or the new header.
 * Errors as for {@link Luks2Volume#addToken}.
 */
public final class VolumeSettings {
  private final Luks2Volume volume;

  VolumeSettings(Luks2Volume volume) {
    this.volume = volume;
  }

  /**
   * Sets names and priorities in one update.
   *
   * @param label empty to keep it; otherwise as told at {@link #setNames}
   * @param priorities of keyslots by their numbers; the others stay as they are
   * @throws LuksException.KeyslotInvalid if there is no such keyslot; nothing was written
   */
  public void set(
      Optional<String> label,
      Optional<String> subsystem,
      Map<Integer, KeyslotInfo.Priority> priorities)
      throws IOException, LuksException {
    label.ifPresent(text -> FormatOptions.checkText("label", text));
    subsystem.ifPresent(text -> FormatOptions.checkText("subsystem", text));
    for (int keyslot : priorities.keySet()) {
      if (!volume.keyslots().containsKey(keyslot)) {
        throw new LuksException.KeyslotInvalid("there is no keyslot %d".formatted(keyslot));
      }
    }
    volume.update(
        binary ->
            binary.withNames(label.orElse(binary.label()), subsystem.orElse(binary.subsystem())),
        json ->
            priorities.forEach((keyslot, priority) ->
                json.withObject("/keyslots/" + keyslot).put("priority", priority.stored())));
  }

  /**
   * Sets the names that are given and keeps the others.
   *
   * @param label at most 47 bytes in UTF-8, none of them zero; the empty text removes it
   * @param subsystem likewise
   */
  public void setNames(Optional<String> label, Optional<String> subsystem)
      throws IOException, LuksException {
    set(label, subsystem, Map.of());
  }
}
