package org.secretfs.keymanager.store;

import java.time.Instant;

/**
 * A name of a key.
 *
 * @param name begins with {@code alias/}
 * @param keyId the key
 * @param created when it was made
 * @param updated when it last changed its key
 */
public record AliasRecord(String name, String keyId, Instant created, Instant updated) {}
