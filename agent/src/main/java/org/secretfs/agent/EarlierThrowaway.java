package org.secretfs.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.ThrowawayKeySource;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksProbe;
import org.secretfs.luks.LuksStorage;
import org.secretfs.luks.SecretfsToken;
import org.secretfs.luks.Token;
import org.secretfs.luks.UnfinishedFormat;

/**
 * Decides whether a device carries a throw-away volume's own earlier self, which nobody can open
 * any more and which may therefore be formatted again.
 *
 * <p>Its own is, first, a valid LUKS2 header whose {@code secretfs} token has the key source kind
 * {@code throwaway} and this volume's name, where that token names every keyslot and no program
 * added a token of another type: with such a keyslot or token somebody may want the data. Second,
 * an unfinished format whose label is this throw-away volume's: it began only because its device
 * was allowed to be formatted for it, and held nothing since.
 */
final class EarlierThrowaway {
  private static final String LABEL = "throwaway ";
  private static final int LABEL_BYTES = 47;

  private final VolumeSpec volume;

  EarlierThrowaway(VolumeSpec volume) {
    this.volume = volume;
  }

  /** The label of a throw-away volume; empty where the name has no room in it. */
  static Optional<String> label(String name) {
    String label = LABEL + name;
    return label.getBytes(StandardCharsets.UTF_8).length <= LABEL_BYTES
        ? Optional.of(label)
        : Optional.empty();
  }

  /** Tells a finding about the volume's device in the words of a throw-away volume. */
  DeviceState judge(DeviceState found) throws SecretfsException {
    if (!volume.isThrowaway()
        || found instanceof DeviceState.Absent
        || found instanceof DeviceState.Blank) {
      return found;
    }
    return LuksVolumes.withStorage(volume.device().path(), false, storage -> judge(found, storage));
  }

  private DeviceState judge(DeviceState found, LuksStorage storage)
      throws IOException, SecretfsException {
    if (found instanceof DeviceState.Luks2) {
      Optional<String> difference = difference(Luks2Volume.read(storage));
      return difference.isPresent()
          ? new DeviceState.OtherVolume(difference.get())
          : new DeviceState.Discarded();
    }
    boolean unfinished =
        LuksProbe.probe(storage).kind() == LuksProbe.Kind.UNFINISHED_FORMAT
            && UnfinishedFormat.label(storage)
                .filter(text -> label(volume.name()).equals(Optional.of(text)))
                .isPresent();
    return unfinished ? new DeviceState.Discarded() : found;
  }

  private Optional<String> difference(Luks2Volume header) throws SecretfsException {
    Optional<SecretfsToken> ours = LuksVolumes.token(header).map(Map.Entry::getValue);
    if (ours.isEmpty() || !ThrowawayKeySource.KIND.equals(ours.get().keySource().get("kind"))) {
      return Optional.of("a LUKS2 volume that is no throw-away volume");
    }
    if (!ours.get().volume().equals(volume.name())) {
      return Optional.of("the throw-away volume of another name, " + ours.get().volume());
    }
    Set<Integer> others = new HashSet<>(header.keyslots().keySet());
    others.removeAll(ours.get().keyslots());
    if (!others.isEmpty()) {
      return Optional.of("a throw-away volume to which somebody added keyslot(s) " + others);
    }
    return header.tokens().values().stream()
        .map(Token::type)
        .filter(type -> !type.startsWith(SecretfsToken.TYPE))
        .findFirst()
        .map(type -> "a throw-away volume to which somebody added a token of type " + type);
  }
}
