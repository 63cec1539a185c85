package org.secretfs.keymanager.sts;

import java.util.Set;
import org.secretfs.keymanager.identity.Principal;

/** Tells who asks. Needs no permission, and none can forbid it. */
final class GetCallerIdentity implements StsOperation {
  @Override
  public Set<String> parameters() {
    return Set.of();
  }

  @Override
  public Answer run(Call call) {
    Principal principal = call.principal();
    return new Answer(
        StsOperation.object()
            .put("Arn", principal.arn())
            .put("UserId", userId(principal))
            .put("Account", principal.accountId()),
        StsOperation.object());
  }

  private static String userId(Principal principal) {
    String arn = principal.arn();
    return arn.substring(arn.indexOf('/') + 1).replace('/', ':');
  }
}
