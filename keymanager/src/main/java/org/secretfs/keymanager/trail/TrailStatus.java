package org.secretfs.keymanager.trail;

import java.time.Instant;
import java.util.Optional;

/**
 * How the delivery of the trail goes.
 *
 * @param undelivered how many durable records are in no delivered log file yet
 * @param latestDelivery when all was delivered the last time; empty for never since the start
 * @param latestError why the last pass did not end well; empty if it did
 */
public record TrailStatus(
    long undelivered, Optional<Instant> latestDelivery, Optional<String> latestError) {}
