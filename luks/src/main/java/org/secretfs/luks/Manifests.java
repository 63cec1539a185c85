package org.secretfs.luks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;

/** The manifests of one header: at most one for each keyslot whose secret has made one. */
final class Manifests {
  /** Each may cost a key derivation, and a hostile header may hold many. */
  private static final int MOST_TRIED = 4;

  private final HeaderCopy header;

  Manifests(HeaderCopy header) {
    this.header = header;
  }

  /**
   * Finds the manifest that {@code secret} made for {@code volume} and compares the header with it.
   *
   * @param leastEpoch manifests below it are refused as old ones put back
   */
  AuthenticHeader authenticate(SecretBuffer secret, String volume, long leastEpoch)
      throws LuksException {
    Manifest manifest = madeWith(secret);
    manifest.requireSame(header);
    if (!manifest.volume().equals(volume)) {
      throw new LuksException.HeaderNotVouchedFor(
          "volume is \"%s\", was \"%s\"".formatted(volume, manifest.volume()));
    }
    if (manifest.epoch() < leastEpoch) {
      throw new LuksException.HeaderNotVouchedFor(
          "epoch is %d, must be at least %d".formatted(manifest.epoch(), leastEpoch));
    }
    return new AuthenticHeader(
        volume, manifest.keyslot(), header.metadata().segment(), manifest.epoch());
  }

  private Manifest madeWith(SecretBuffer secret) throws LuksException {
    List<Token> candidates = tokens();
    if (candidates.isEmpty()) {
      throw new LuksException.ManifestMissing();
    }
    for (Token candidate : candidates.subList(0, Math.min(candidates.size(), MOST_TRIED))) {
      Manifest manifest = Manifest.read(candidate);
      if (manifest.isMadeWith(secret)) {
        return manifest;
      }
    }
    throw new LuksException.ManifestBroken(
        "manifest: its code does not fit the secret: it was changed, or made with another secret");
  }

  private List<Token> tokens() {
    List<Token> tokens = new ArrayList<>(header.metadata().tokens().values());
    tokens.removeIf(token -> !Manifest.isOne(token));
    return tokens;
  }

  /** The number of the token that a new manifest of a keyslot replaces. */
  Optional<Integer> numberFor(int keyslot) {
    return header.metadata().tokens().entrySet().stream()
        .filter(entry -> Manifest.isOne(entry.getValue()))
        .filter(entry -> entry.getValue().keyslots().contains(keyslot))
        .map(Map.Entry::getKey)
        .findFirst();
  }
}
