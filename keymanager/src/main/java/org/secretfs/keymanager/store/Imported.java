package org.secretfs.keymanager.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The material of a key that gets it from outside.
 *
 * @param present whether the key has it now
 * @param known whether it ever had it; from then on it takes no other
 * @param validTo when it is to be deleted; null for never
 */
public record Imported(boolean present, boolean known, @Nullable Instant validTo) {
  /** Of a key that never had any. */
  public static final Imported NOT_YET = new Imported(false, false, null);
}
