package org.secretfs.keymanager.store;

import java.time.Instant;

/**
 * A user.
 *
 * @param name 1 to 64 characters
 * @param created when it was made
 * @param hasTotp whether it has a second factor
 */
public record UserRecord(String name, Instant created, boolean hasTotp) {}
