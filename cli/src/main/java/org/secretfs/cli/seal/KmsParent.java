package org.secretfs.cli.seal;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.ParentKms;
import org.secretfs.keys.CallLimits;
import org.secretfs.keys.DataKeys;
import org.secretfs.keys.KeySourceException;
import org.secretfs.keys.KmsSettings;
import org.secretfs.keys.VolumeId;

/** AWS KMS, or another secretfs key manager, as what seals a root key. */
public final class KmsParent implements ParentKms {
  private static final VolumeId USER = new VolumeId("key-manager-root");
  private static final Map<String, String> CONTEXT = Map.of("secretfs:purpose", "root-seal");

  private final DataKeys keys;

  private KmsParent(KmsSettings settings) {
    this.keys = new DataKeys(settings, USER);
  }

  /** Means the key at a place, with the credentials of the environment. */
  public static ParentKms connect(Place place) throws KeyManagerException {
    try {
      return new KmsParent(
          new KmsSettings(
              place.keyId(),
              Optional.of(place.region()).filter(text -> !text.isEmpty()),
              Optional.of(place.endpoint()).filter(text -> !text.isEmpty()).map(URI::create),
              CONTEXT,
              CallLimits.DEFAULT));
    } catch (IllegalArgumentException e) {
      throw new KeyManagerException.Configuration("seal kms: " + e.getMessage());
    }
  }

  @Override
  public Wrapped generate() throws KeyManagerException {
    try {
      return keys.generate(Wrapped::new);
    } catch (KeySourceException e) {
      throw failed(e);
    }
  }

  @Override
  public SecretBuffer decrypt(byte[] ciphertext) throws KeyManagerException {
    try {
      return keys.decrypt(ciphertext);
    } catch (KeySourceException e) {
      throw failed(e);
    }
  }

  private static KeyManagerException failed(KeySourceException e) {
    return new KeyManagerException.Unavailable("seal kms: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    keys.close();
  }
}
