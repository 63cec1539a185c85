package org.secretfs.cli.seal;

import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.Unsealing;

/** Says what is still to be entered. */
final class Missing {
  private Missing() {}

  static KeyManagerException.Sealed of(List<Unsealing.Progress> seals) {
    return new KeyManagerException.Sealed("the root key is still sealed: " + text(seals));
  }

  static String text(List<Unsealing.Progress> seals) {
    List<String> all =
        seals.stream()
            .map(seal ->
                seal.needed() == 0
                    ? seal.kind() + " needs nobody"
                    : "%s%s: %d of %d entered"
                        .formatted(
                            seal.recovery() ? "recovery " : "",
                            seal.kind(),
                            seal.needed() - seal.missing(),
                            seal.needed()))
            .toList();
    return String.join("; ", all);
  }
}
