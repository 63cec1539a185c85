package org.secretfs.keymanager.policy;

/**
 * A policy under the name that a decision tells.
 *
 * @param name unique among those of a decision
 * @param document what it says
 */
public record NamedPolicy(String name, PolicyDocument document) {}
