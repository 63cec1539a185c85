package org.secretfs.keymanager.kms;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.LengthPrefixed;

/** Pairs that are no secret, bound to a ciphertext as additional authenticated data. */
final class EncryptionContext {
  private static final int MOST_BYTES = 8192;

  private final SortedMap<String, String> pairs;

  private EncryptionContext(SortedMap<String, String> pairs) {
    this.pairs = Collections.unmodifiableSortedMap(pairs);
  }

  static EncryptionContext of(Map<String, String> pairs) {
    return new EncryptionContext(new TreeMap<>(pairs));
  }

  static EncryptionContext none() {
    return new EncryptionContext(new TreeMap<>());
  }

  static EncryptionContext read(Params params, String member) throws Refused {
    EncryptionContext context = new EncryptionContext(params.pairs(member));
    if (context.addTo(new LengthPrefixed("")).toBytes().length > MOST_BYTES) {
      throw Constraints.invalid(
          "EncryptionContext must have at most %d bytes.".formatted(MOST_BYTES));
    }
    return context;
  }

  Map<String, String> pairs() {
    return pairs;
  }

  boolean isEmpty() {
    return pairs.isEmpty();
  }

  /** Adds the number of pairs, then each key and value with its length, sorted by key. */
  LengthPrefixed addTo(LengthPrefixed bytes) {
    bytes.number(pairs.size());
    pairs.forEach((key, value) -> bytes.text(key).text(value));
    return bytes;
  }
}
