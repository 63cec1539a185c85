package org.secretfs.audit;

/**
 * A record at its place in the log.
 *
 * @param position its number and hash
 * @param event what happened
 */
public record AuditEntry(Verification.Head position, AuditEvent event) {}
