package org.secretfs.keymanager.seal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/** A data key of another KMS, which that one alone decrypts; asked once, when unsealing. */
public final class KmsSeal implements Seal {
  static final String KIND = "kms";

  private final ParentKms.Place place;
  private final byte[] ciphertext;
  private final ParentKms.Factory factory;

  private KmsSeal(ParentKms.Place place, byte[] ciphertext, ParentKms.Factory factory) {
    this.place = place;
    this.ciphertext = ciphertext;
    this.factory = factory;
  }

  /** A new seal; asks the other KMS for a data key. */
  public static KmsSeal make(ParentKms.Place place, ParentKms.Factory factory)
      throws KeyManagerException {
    try (ParentKms kms = factory.connect(place);
        ParentKms.Wrapped made = kms.generate()) {
      return new KmsSeal(place, made.ciphertext(), factory);
    }
  }

  static KmsSeal of(Facts facts, ParentKms.Factory factory) throws KeyManagerException.RootKey {
    ParentKms.Place place =
        new ParentKms.Place(facts.text("key_id"), facts.text("region"), facts.text("endpoint"));
    return new KmsSeal(place, facts.base64("ciphertext"), factory);
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public ObjectNode facts() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("key_id", place.keyId())
        .put("region", place.region())
        .put("endpoint", place.endpoint())
        .put("ciphertext", Base64.getEncoder().encodeToString(ciphertext));
  }

  @Override
  public int missing() {
    return 0;
  }

  /** Decrypts, when made too: a seal that cannot be opened must not be relied on. */
  @Override
  public SecretBuffer key() throws KeyManagerException {
    try (ParentKms kms = factory.connect(place)) {
      return kms.decrypt(ciphertext);
    }
  }
}
