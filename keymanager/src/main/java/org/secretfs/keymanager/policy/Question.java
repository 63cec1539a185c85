package org.secretfs.keymanager.policy;

/**
 * What is to be decided.
 *
 * @param subject who asks
 * @param action as in {@code kms:Decrypt}
 * @param resource the ARN it concerns; {@code *} where there is none
 * @param facts what conditions ask about
 */
public record Question(Subject subject, String action, String resource, Facts facts) {}
