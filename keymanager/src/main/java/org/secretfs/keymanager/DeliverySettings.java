package org.secretfs.keymanager;

import java.util.Optional;
import org.secretfs.keymanager.s3.BucketSettings;
import org.secretfs.keymanager.trail.TrailSettings;

/**
 * Where objects are kept and the audit trail goes.
 *
 * @param buckets those that are directories and served by the S3 API; empty for none
 * @param trail how the audit trail is delivered; empty for not at all
 */
public record DeliverySettings(Optional<BucketSettings> buckets, Optional<TrailSettings> trail) {
  /** Neither. */
  public static final DeliverySettings NONE =
      new DeliverySettings(Optional.empty(), Optional.empty());
}
