package org.secretfs.keymanager.kms;

import java.io.IOException;
import java.util.regex.Pattern;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyStore;

/** Finds the key that a request means by its id, its ARN, an alias, or an alias's ARN. */
final class KeyFinder {
  static final String ALIAS = "alias/";

  private static final Pattern KEY_ID =
      Pattern.compile(
          "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}");

  private final KeyStore store;
  private final Arns arns;

  KeyFinder(KeyStore store, Arns arns) {
    this.store = store;
    this.arns = arns;
  }

  /** The key; never one of another account or region. */
  KeyRecord find(String name) throws Refused, IOException {
    if (!name.startsWith("arn:")) {
      return name.startsWith(ALIAS) ? byAlias(name) : byId(name);
    }
    if (!name.startsWith(arns.prefix())) {
      throw notFound("Invalid arn " + regionOf(name));
    }
    String resource = name.substring(arns.prefix().length());
    if (resource.startsWith(ALIAS)) {
      return byAlias(resource);
    }
    if (resource.startsWith("key/")) {
      return byId(resource.substring("key/".length()));
    }
    throw notFound("Invalid arn " + name);
  }

  /** As {@link #find}, for operations that take no alias. */
  KeyRecord findByIdOrArn(String name) throws Refused, IOException {
    if (name.startsWith(ALIAS) || name.startsWith(arns.prefix() + ALIAS)) {
      throw new Refused(
          KmsErrorCode.VALIDATION, "Invalid keyId '%s': must not be an alias.".formatted(name));
    }
    return find(name);
  }

  private static String regionOf(String arn) {
    String[] parts = arn.split(":", 6);
    return parts.length == 6 ? parts[3] : arn;
  }

  private KeyRecord byId(String keyId) throws Refused, IOException {
    if (!KEY_ID.matcher(keyId).matches()) {
      throw notFound("Invalid keyId '%s'".formatted(keyId));
    }
    return store
        .find(keyId)
        .orElseThrow(() -> notFound("Key '%s' does not exist".formatted(arns.key(keyId))));
  }

  private KeyRecord byAlias(String alias) throws Refused, IOException {
    String keyId =
        store
            .keyOfAlias(alias)
            .orElseThrow(() -> notFound("Alias %s is not found.".formatted(arns.alias(alias))));
    return byId(keyId);
  }

  static Refused notFound(String message) {
    return new Refused(KmsErrorCode.NOT_FOUND, message);
  }
}
