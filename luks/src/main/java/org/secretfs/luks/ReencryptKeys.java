package org.secretfs.luks;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The keys of both sides of a re-encryption; one is missing where that side is plain, the old one
 * also where nothing is under it any more and no keyslot is left of it, and both are the same where
 * the key stays. Closing it closes them.
 */
final class ReencryptKeys implements AutoCloseable {
  private final @Nullable VolumeKey oldKey;
  private final @Nullable VolumeKey newKey;

  /** Takes both over. */
  ReencryptKeys(@Nullable VolumeKey oldKey, @Nullable VolumeKey newKey) {
    this.oldKey = oldKey;
    this.newKey = newKey;
  }

  Optional<VolumeKey> oldKey() {
    return Optional.ofNullable(oldKey);
  }

  Optional<VolumeKey> newKey() {
    return Optional.ofNullable(newKey);
  }

  @Override
  public void close() {
    oldKey().ifPresent(VolumeKey::close);
    newKey().ifPresent(VolumeKey::close);
  }
}
