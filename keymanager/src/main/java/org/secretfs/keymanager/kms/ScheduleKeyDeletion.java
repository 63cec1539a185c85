package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Announces that a key will be deleted; it cannot be used from now on. */
final class ScheduleKeyDeletion extends NamedOperation {
  ScheduleKeyDeletion() {
    super("ScheduleKeyDeletion", false, "KeyId", "PendingWindowInDays");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    int days = call.params().number("PendingWindowInDays", 7, 30).orElse(30);
    call.audit("pendingWindowInDays", days);
    call.fact("kms:ScheduleKeyDeletionPendingWindowInDays", Integer.toString(days));
    Instant deletion = call.now().plus(Duration.ofDays(days));
    KeyRecord key =
        Changes.apply(
            call,
            present ->
                KeyChecks.requireNotPendingDeletion(present, call.arns())
                    .withDeletion(deletion, days));
    ObjectNode answer =
        call.object()
            .put("KeyId", call.arns().key(key.id()))
            .put("DeletionDate", KeyMetadata.seconds(deletion))
            .put("KeyState", key.state().name())
            .put("PendingWindowInDays", days);
    call.auditResponse(answer);
    return answer;
  }
}
