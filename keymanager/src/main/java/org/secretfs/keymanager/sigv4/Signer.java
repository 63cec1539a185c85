package org.secretfs.keymanager.sigv4;

import java.util.Optional;

/**
 * Who signed a request, proven once the signature is checked.
 *
 * @param accessKeyId whose access key
 * @param userName the user; for a temporary key the principal of its session
 * @param sessionToken what came with a temporary key; empty for one that lasts
 */
public record Signer(String accessKeyId, String userName, Optional<String> sessionToken) {}
