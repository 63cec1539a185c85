package org.secretfs.cli.luks;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.KeyslotInfo;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.VolumeKey;

/** A keyslot that a passphrase opened, and the key in it, which whoever has this closes. */
final class OpenedKeyslot {
  private final int number;
  private final VolumeKey key;

  private OpenedKeyslot(int number, VolumeKey key) {
    this.number = number;
    this.key = key;
  }

  /** Tries the one that is wanted, of whatever key, or all of the volume's by number. */
  static OpenedKeyslot find(LuksVolume volume, SecretBuffer passphrase, OptionalInt wanted)
      throws IOException, LuksException {
    return wanted.isPresent()
        ? new OpenedKeyslot(wanted.getAsInt(), volume.unlockUnbound(passphrase, wanted.getAsInt()))
        : first(volume, passphrase, bound(volume));
  }

  /**
   * Tries the one that is wanted, of whatever key, or all that hold a key of the data: those
   * preferred first, those that are to be ignored never, as unlocking itself does.
   */
  static OpenedKeyslot test(LuksHeader header, SecretBuffer passphrase, OptionalInt wanted)
      throws IOException, LuksException {
    if (wanted.isPresent()) {
      int number = wanted.getAsInt();
      return new OpenedKeyslot(number, header.unlockUnbound(passphrase, number));
    }
    List<Integer> candidates = candidates(header);
    int tried = 0;
    Optional<LuksException.UnsupportedFeature> strange = Optional.empty();
    for (int number : candidates) {
      try {
        return new OpenedKeyslot(number, header.unlockUnbound(passphrase, number));
      } catch (LuksException.NoKeyslotOpened e) {
        tried++;
      } catch (LuksException.UnsupportedFeature e) {
        strange = Optional.of(e);
      }
    }
    if (tried == 0 && strange.isPresent()) {
      throw strange.get();
    }
    throw new LuksException.NoKeyslotOpened(tried);
  }

  private static List<Integer> candidates(LuksHeader header) {
    return header.keyslots().values().stream()
        .filter(KeyslotInfo::boundToSegment)
        .filter(slot -> slot.priority() != KeyslotInfo.Priority.IGNORE)
        .sorted(Comparator.comparing(KeyslotInfo::priority).reversed())
        .map(KeyslotInfo::number)
        .toList();
  }

  /** Tries all of the volume's keyslots but one, which is to go. */
  static OpenedKeyslot findOther(LuksVolume volume, SecretBuffer passphrase, int gone)
      throws IOException, LuksException {
    try {
      return first(
          volume, passphrase, bound(volume).stream().filter(number -> number != gone).toList());
    } catch (LuksException.NoKeyslotOpened e) {
      throw LuksException.NoKeyslotOpened.besides(gone, e.tried());
    }
  }

  private static List<Integer> bound(LuksVolume volume) {
    return volume.keyslots().values().stream()
        .filter(KeyslotInfo::boundToSegment)
        .map(KeyslotInfo::number)
        .toList();
  }

  private static OpenedKeyslot first(
      LuksVolume volume, SecretBuffer passphrase, List<Integer> numbers)
      throws IOException, LuksException {
    for (int number : numbers) {
      Optional<VolumeKey> key = tryOne(volume, passphrase, number);
      if (key.isPresent()) {
        return new OpenedKeyslot(number, key.get());
      }
    }
    throw new LuksException.NoKeyslotOpened(numbers.size());
  }

  private static Optional<VolumeKey> tryOne(LuksVolume volume, SecretBuffer passphrase, int number)
      throws IOException, LuksException {
    try {
      return Optional.of(volume.unlock(passphrase, number));
    } catch (LuksException.NoKeyslotOpened e) {
      return Optional.empty();
    }
  }

  int number() {
    return number;
  }

  VolumeKey key() {
    return key;
  }
}
