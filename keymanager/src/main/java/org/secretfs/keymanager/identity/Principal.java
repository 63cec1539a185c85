package org.secretfs.keymanager.identity;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.policy.Facts;
import org.secretfs.keymanager.policy.NamedPolicy;
import org.secretfs.keymanager.policy.Subject;

/**
 * Who asks, proven, with all that decides what it may do.
 *
 * @param subject as policies name it
 * @param created when the user or role was made
 * @param accessKeyId whose signature it was
 * @param session the session of a temporary key; null for a key that lasts
 * @param policies those of the user or role
 * @param sessionPolicy the one that the session was made with; null for none
 * @param facts the condition keys of the request and the principal
 */
public record Principal(
    Subject subject,
    Instant created,
    String accessKeyId,
    @Nullable Session session,
    List<NamedPolicy> policies,
    @Nullable NamedPolicy sessionPolicy,
    Facts facts) {

  /** The ARN of the user or of the role's session. */
  public String arn() {
    return subject.arn();
  }

  /** 12 digits. */
  public String accountId() {
    return subject.accountId();
  }
}
