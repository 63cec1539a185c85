package org.secretfs.keymanager.sigv4;

/**
 * Who signed a request, proven.
 *
 * @param accessKeyId whose access key
 * @param userName the user
 */
public record Signer(String accessKeyId, String userName) {}
