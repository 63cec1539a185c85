package org.secretfs.keymanager.store;

import java.time.Instant;

/**
 * A role.
 *
 * @param name 1 to 64 characters
 * @param trustPolicy who may assume it, JSON
 * @param mostSessionSeconds how long its sessions may last, 900 to 43200
 * @param created when it was made, in milliseconds; tells it from one of its name before it
 */
public record RoleRecord(
    String name, String trustPolicy, int mostSessionSeconds, Instant created) {}
