package org.secretfs.keymanager.store;

import java.time.Instant;

/**
 * Key material of a key, told without the material.
 *
 * @param version its number, from 1
 * @param created when it was made
 * @param onDemand whether somebody asked for it; otherwise it was due, or is the first
 */
public record RotationRecord(int version, Instant created, boolean onDemand) {}
