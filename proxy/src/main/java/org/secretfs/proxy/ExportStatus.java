package org.secretfs.proxy;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How an export fares.
 *
 * @param backing where its ciphertext lives
 * @param sizeBytes of the plaintext; empty until it was opened once
 * @param suspendedBecause empty unless it is suspended
 * @param since when it came into this state
 * @param lastFailure why it could not be opened or resumed, or its key not be checked; empty after
 *     the next success
 */
public record ExportStatus(
    String name,
    ExportState state,
    String backing,
    boolean readOnly,
    OptionalLong sizeBytes,
    Optional<SuspendReason> suspendedBecause,
    Instant since,
    long connections,
    long queueDepth,
    Optional<String> lastFailure) {}
