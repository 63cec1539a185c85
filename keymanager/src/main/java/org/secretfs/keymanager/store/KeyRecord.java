package org.secretfs.keymanager.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key without its material.
 *
 * @param id a UUID
 * @param description up to 8192 characters
 * @param state what may be done with it
 * @param created when it was made
 * @param deletion when it will be deleted; null unless it is pending deletion
 * @param pendingWindowDays how long the deletion was announced before; null unless pending
 * @param currentVersion the number of the key material that encrypts, from 1
 * @param rotationDays how often new material is made; null if it is not
 * @param nextRotation when new material is due; null if rotation is off
 * @param policy the key policy, JSON
 * @param imported about material from outside; null if it is made here
 * @param type what kind of key it is and what for
 */
public record KeyRecord(
    String id,
    String description,
    KeyState state,
    Instant created,
    @Nullable Instant deletion,
    @Nullable Integer pendingWindowDays,
    int currentVersion,
    @Nullable Integer rotationDays,
    @Nullable Instant nextRotation,
    String policy,
    @Nullable Imported imported,
    KeyType type) {

  /** A new key: enabled, without rotation. */
  public static KeyRecord enabled(String id, String description, String policy, Instant created) {
    return new KeyRecord(
        id,
        description,
        KeyState.Enabled,
        created,
        null,
        null,
        1,
        null,
        null,
        policy,
        null,
        KeyType.SYMMETRIC);
  }

  /** The same of another kind; for a key that is not made yet. */
  public KeyRecord withType(KeyType value) {
    return new KeyRecord(
        id,
        description,
        state,
        created,
        deletion,
        pendingWindowDays,
        currentVersion,
        rotationDays,
        nextRotation,
        policy,
        imported,
        value);
  }

  /** The same, enabled or disabled, with no deletion ahead. */
  public KeyRecord withState(KeyState value) {
    return new KeyRecord(
        id,
        description,
        value,
        created,
        null,
        null,
        currentVersion,
        rotationDays,
        nextRotation,
        policy,
        imported,
        type);
  }

  /** The same, to be deleted. */
  public KeyRecord withDeletion(Instant at, int windowDays) {
    return new KeyRecord(
        id,
        description,
        KeyState.PendingDeletion,
        created,
        at,
        windowDays,
        currentVersion,
        rotationDays,
        nextRotation,
        policy,
        imported,
        type);
  }

  /** The same with another description. */
  public KeyRecord withDescription(String value) {
    return new KeyRecord(
        id,
        value,
        state,
        created,
        deletion,
        pendingWindowDays,
        currentVersion,
        rotationDays,
        nextRotation,
        policy,
        imported,
        type);
  }

  /** The same with another policy. */
  public KeyRecord withPolicy(String value) {
    return new KeyRecord(
        id,
        description,
        state,
        created,
        deletion,
        pendingWindowDays,
        currentVersion,
        rotationDays,
        nextRotation,
        value,
        imported,
        type);
  }

  /** The same with other material. */
  public KeyRecord withVersion(int version) {
    return new KeyRecord(
        id,
        description,
        state,
        created,
        deletion,
        pendingWindowDays,
        version,
        rotationDays,
        nextRotation,
        policy,
        imported,
        type);
  }

  /** The same with another rotation; both null for none. */
  public KeyRecord withRotation(@Nullable Integer days, @Nullable Instant next) {
    return new KeyRecord(
        id,
        description,
        state,
        created,
        deletion,
        pendingWindowDays,
        currentVersion,
        days,
        next,
        policy,
        imported,
        type);
  }

  /** The same, with material from outside to come. */
  public KeyRecord withImport() {
    return new KeyRecord(
        id,
        description,
        KeyState.PendingImport,
        created,
        null,
        null,
        currentVersion,
        null,
        null,
        policy,
        Imported.NOT_YET,
        type);
  }

  /** The key as it is at a time: one whose material has expired has none. */
  public KeyRecord asOf(Instant now) {
    boolean expired =
        imported != null
            && imported.present()
            && imported.validTo() != null
            && !now.isBefore(imported.validTo());
    if (!expired || state == KeyState.PendingDeletion) {
      return this;
    }
    return new KeyRecord(
        id,
        description,
        KeyState.PendingImport,
        created,
        deletion,
        pendingWindowDays,
        currentVersion,
        rotationDays,
        nextRotation,
        policy,
        new Imported(false, true, null),
        type);
  }
}
