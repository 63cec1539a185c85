package org.secretfs.keymanager.cloudtrail;

import java.time.Clock;
import java.util.Optional;
import org.secretfs.keymanager.store.TrailStore;
import org.secretfs.keymanager.trail.TrailRunner;

/**
 * What there is to tell about the trail.
 *
 * @param runner delivers it; empty where none is configured
 * @param store has its keys
 * @param clock tells the time
 */
public record Trails(Optional<TrailRunner> runner, TrailStore store, Clock clock) {}
