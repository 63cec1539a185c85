package org.secretfs.keymanager.cloudtrail;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import org.secretfs.audit.delivery.TrailKey;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.kms.Params;

/** Gives the keys that verify digests of a range of time; without one those of now. */
final class ListPublicKeys implements CloudTrailService.Operation {
  private final Trails trails;

  ListPublicKeys(Trails trails) {
    this.trails = trails;
  }

  @Override
  public Set<String> members() {
    return Set.of("StartTime", "EndTime", "NextToken");
  }

  @Override
  public ObjectNode run(Params params) throws Refused, IOException {
    if (params.has("NextToken")) {
      throw new Refused(KmsErrorCode.INVALID_NEXT_TOKEN, "There is no next page.");
    }
    Instant end = params.time("EndTime").orElse(trails.clock().instant());
    Instant start = params.time("StartTime").orElse(end);
    if (end.isBefore(start)) {
      throw new Refused(KmsErrorCode.INVALID_TIME_RANGE, "The start time is after the end time.");
    }
    return TrailKey.list(
        trails.store().keys().stream()
            .filter(key -> !key.validFrom().isAfter(end) && !key.validUntil().isBefore(start))
            .toList());
  }
}
