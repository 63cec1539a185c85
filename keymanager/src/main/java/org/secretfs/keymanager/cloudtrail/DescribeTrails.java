package org.secretfs.keymanager.cloudtrail;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import org.secretfs.audit.delivery.TrailNames;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.json.StrictJson;
import org.secretfs.keymanager.kms.Params;

/** Tells which trail there is. */
final class DescribeTrails implements CloudTrailService.Operation {
  private final Trails trails;

  DescribeTrails(Trails trails) {
    this.trails = trails;
  }

  @Override
  public Set<String> members() {
    return Set.of("trailNameList", "includeShadowTrails");
  }

  @Override
  public ObjectNode run(Params params) throws Refused {
    List<String> wanted = params.texts("trailNameList");
    params.flag("includeShadowTrails");
    ObjectNode answer = StrictJson.empty();
    ArrayNode list = answer.putArray("trailList");
    trails
        .runner()
        .map(runner -> runner.names())
        .filter(names -> wanted.isEmpty() || isAmong(names, wanted))
        .ifPresent(names -> list.add(json(names)));
    return answer;
  }

  static boolean isAmong(TrailNames names, List<String> wanted) {
    return wanted.contains(names.trail()) || wanted.contains(names.arn());
  }

  private static ObjectNode json(TrailNames names) {
    ObjectNode trail = StrictJson.empty();
    trail.put("Name", names.trail()).put("S3BucketName", names.bucket());
    if (!names.prefix().isEmpty()) {
      trail.put("S3KeyPrefix", names.prefix());
    }
    return trail
        .put("IncludeGlobalServiceEvents", true)
        .put("IsMultiRegionTrail", false)
        .put("HomeRegion", names.region())
        .put("TrailARN", names.arn())
        .put("LogFileValidationEnabled", true)
        .put("HasCustomEventSelectors", false)
        .put("HasInsightSelectors", false)
        .put("IsOrganizationTrail", false);
  }
}
