package org.secretfs.crypto;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How fast one provider encrypts on this machine.
 *
 * @param provider the provider's name
 * @param sectorSize bytes per sector
 * @param bytesPerSecond the best round, one thread, AES-256-XTS; empty if unavailable
 * @param unavailable why there is no figure; empty if there is one
 */
public record Measurement(
    String provider, int sectorSize, OptionalDouble bytesPerSecond, Optional<String> unavailable) {}
