package org.secretfs.keymanager.store;

/**
 * A policy that can be attached to users and roles.
 *
 * @param name 1 to 128 characters
 * @param document JSON
 */
public record PolicyRecord(String name, String document) {}
