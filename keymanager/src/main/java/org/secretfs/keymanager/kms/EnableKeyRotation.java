package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Has new material made for a key every so many days. */
final class EnableKeyRotation extends NamedOperation {
  EnableKeyRotation() {
    super("EnableKeyRotation", false, "KeyId", "RotationPeriodInDays");
  }

  private static final int DEFAULT_DAYS = 365;

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    int days = call.params().number("RotationPeriodInDays", 90, 2560).orElse(DEFAULT_DAYS);
    call.audit("rotationPeriodInDays", days);
    call.fact("kms:RotationPeriodInDays", Integer.toString(days));
    Instant next = call.now().plus(Duration.ofDays(days));
    Changes.apply(
        call,
        key ->
            KeyChecks.requireOrigin(
                    KeyChecks.requireEnabled(KeyChecks.requireRotatable(key), call.arns()),
                    false,
                    call.arns())
                .withRotation(days, next));
    return call.object();
  }
}
