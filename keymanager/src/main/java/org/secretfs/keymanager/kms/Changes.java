package org.secretfs.keymanager.kms;

import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyStore;

/** Changes the key that a request names by id or ARN. */
final class Changes {
  private Changes() {}

  /** Applies a change to the key as it is at that moment; returns the changed key. */
  static KeyRecord apply(Call call, KeyStore.Change<Refused> change) throws Refused, IOException {
    return apply(call, call.keyByIdOrArn(), change);
  }

  /** As {@link #apply(Call, KeyStore.Change)}, to a key that may be changed so. */
  static KeyRecord apply(Call call, KeyRecord key, KeyStore.Change<Refused> change)
      throws Refused, IOException {
    return call.store().change(key.id(), change).orElseThrow(() -> gone(call, key));
  }

  static Refused gone(Call call, KeyRecord key) {
    return KeyFinder.notFound("Key '%s' does not exist".formatted(call.arns().key(key.id())));
  }
}
