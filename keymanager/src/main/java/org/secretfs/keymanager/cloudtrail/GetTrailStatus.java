package org.secretfs.keymanager.cloudtrail;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.json.StrictJson;
import org.secretfs.keymanager.kms.Params;
import org.secretfs.keymanager.trail.TrailRunner;
import org.secretfs.keymanager.trail.TrailStatus;

/** Tells how the delivery of the trail goes. */
final class GetTrailStatus implements CloudTrailService.Operation {
  private final Trails trails;

  GetTrailStatus(Trails trails) {
    this.trails = trails;
  }

  @Override
  public Set<String> members() {
    return Set.of("Name");
  }

  @Override
  public ObjectNode run(Params params) throws Refused {
    String name = params.text("Name", 1, 2048).orElse("");
    Optional<TrailRunner> found =
        trails.runner().filter(runner -> DescribeTrails.isAmong(runner.names(), List.of(name)));
    if (found.isEmpty()) {
      throw new Refused(
          KmsErrorCode.TRAIL_NOT_FOUND, "Unknown trail: %s for the user".formatted(name));
    }
    TrailStatus status = found.get().status();
    ObjectNode answer = StrictJson.empty().put("IsLogging", true);
    status
        .latestDelivery()
        .ifPresent(time -> answer.put("LatestDeliveryTime", time.getEpochSecond()));
    status.latestError().ifPresent(error -> answer.put("LatestDeliveryError", error));
    return answer;
  }
}
