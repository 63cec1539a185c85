package org.secretfs.keymanager.seal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Base64;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * A key in a hardware token that never leaves it: the token encrypts this seal's key. Asked once,
 * when unsealing, so the token is on no request's way.
 */
public final class Pkcs11Seal implements Seal {
  static final String KIND = "pkcs11";
  private static final int KEY_BYTES = 32;

  private final Place place;
  private final byte[] wrapped;

  private Pkcs11Seal(Place place, byte[] wrapped) {
    this.place = place;
    this.wrapped = wrapped;
  }

  /**
   * Which key of which token.
   *
   * @param library the maker's PKCS#11 library; it becomes a part of this process
   * @param slot the slot's number, as the maker's tools show it
   * @param label the key's label; made where there is none such
   * @param pinFile holds the user's PIN, mode 0600
   */
  public record Place(Path library, long slot, String label, Path pinFile) {}

  /** A new seal; makes the token's key where it is missing. */
  public static Pkcs11Seal make(Place place) throws KeyManagerException {
    try (SecretBuffer key = SecretBuffer.random(KEY_BYTES);
        Pkcs11Token token = Pkcs11Token.open(place)) {
      token.makeKeyIfMissing();
      return new Pkcs11Seal(place, token.wrap(key));
    }
  }

  static Pkcs11Seal of(Facts facts) throws KeyManagerException.RootKey {
    Place place =
        new Place(
            Path.of(facts.text("library")),
            facts.number("slot", 0, Integer.MAX_VALUE),
            facts.text("label"),
            Path.of(facts.text("pin_file")));
    return new Pkcs11Seal(place, facts.base64("wrapped"));
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public ObjectNode facts() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("library", place.library.toString())
        .put("slot", Math.toIntExact(place.slot))
        .put("label", place.label)
        .put("pin_file", place.pinFile.toString())
        .put("wrapped", Base64.getEncoder().encodeToString(wrapped));
  }

  @Override
  public int missing() {
    return 0;
  }

  /** Unwraps, when made too: a seal that cannot be opened must not be relied on. */
  @Override
  public SecretBuffer key() throws KeyManagerException {
    try (Pkcs11Token token = Pkcs11Token.open(place)) {
      return token.unwrap(wrapped);
    }
  }
}
