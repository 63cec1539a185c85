package org.secretfs.keymanager.store;

/**
 * A role.
 *
 * @param name 1 to 64 characters
 * @param trustPolicy who may assume it, JSON
 * @param mostSessionSeconds how long its sessions may last, 900 to 43200
 */
public record RoleRecord(String name, String trustPolicy, int mostSessionSeconds) {}
