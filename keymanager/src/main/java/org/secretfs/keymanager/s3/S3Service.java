package org.secretfs.keymanager.s3;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.Permissions;
import org.secretfs.keymanager.s3.BucketDirectory.Existing;

/**
 * The part of the S3 API that reads, lists, puts and deletes whole objects of buckets that the
 * configuration names. Whatever it does not know it refuses. For several threads.
 */
public final class S3Service {
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,9})-([0-9]{0,9})");

  /** Parameters that SDKs add and that change nothing. */
  private static final Set<String> HARMLESS = Set.of("x-id");

  private final Map<String, BucketDirectory> buckets;
  private final String region;
  private final String accountId;
  private final WriteProtected trail;

  /**
   * The part of a bucket that only the key manager itself writes.
   *
   * @param bucket the bucket; empty for none
   * @param prefix what the keys begin with
   */
  public record WriteProtected(String bucket, String prefix) {
    /** Nothing. */
    public static final WriteProtected NONE = new WriteProtected("", "");
  }

  /** Serves these buckets. */
  public S3Service(
      Map<String, BucketDirectory> buckets, String accountId, String region, WriteProtected trail) {
    this.buckets = Map.copyOf(buckets);
    this.accountId = accountId;
    this.region = region;
    this.trail = trail;
  }

  /** Does what a request asks. */
  public S3Answer handle(S3Request request, Permissions may) throws Refused, IOException {
    String operation = request.operation();
    return switch (operation) {
      case "ListBuckets" -> {
        may.require("s3:ListAllMyBuckets", "*");
        yield S3Answer.xml(S3Xml.buckets(List.copyOf(new TreeMap<>(buckets).keySet()), accountId));
      }
      case "GetBucketLocation" -> {
        requireBucket(request, may, "s3:GetBucketLocation");
        yield S3Answer.xml(S3Xml.location(region));
      }
      case "HeadBucket" -> {
        requireBucket(request, may, "s3:ListBucket");
        yield S3Answer.empty(200).with("x-amz-bucket-region", region);
      }
      case "ListObjects", "ListObjectsV2" -> {
        BucketDirectory bucket = requireBucket(request, may, "s3:ListBucket");
        ListRequest list = new ListRequest(request);
        yield S3Answer.xml(S3Xml.listing(list, bucket.list(list.wanted())));
      }
      case "GetObject", "HeadObject" -> get(request, may);
      case "PutObject" -> put(request, may);
      case "DeleteObject" -> delete(request, may);
      default ->
          throw new Refused(KmsErrorCode.NOT_IMPLEMENTED, "This operation is not supported.");
    };
  }

  private BucketDirectory requireBucket(S3Request request, Permissions may, String action)
      throws Refused {
    may.require(action, "arn:aws:s3:::" + request.bucket());
    return bucket(request);
  }

  private BucketDirectory requireObject(S3Request request, Permissions may, String action)
      throws Refused {
    may.require(action, "arn:aws:s3:::%s/%s".formatted(request.bucket(), request.key()));
    for (String parameter : request.query().keySet()) {
      if (!HARMLESS.contains(parameter) && !parameter.startsWith("X-Amz-")) {
        throw new Refused(KmsErrorCode.NOT_IMPLEMENTED, "A parameter is not supported.");
      }
    }
    return bucket(request);
  }

  private BucketDirectory bucket(S3Request request) throws Refused {
    BucketDirectory bucket = buckets.get(request.bucket());
    if (bucket == null) {
      throw new Refused(KmsErrorCode.NO_SUCH_BUCKET, "The specified bucket does not exist");
    }
    return bucket;
  }

  private S3Answer get(S3Request request, Permissions may) throws Refused, IOException {
    BucketDirectory bucket = requireObject(request, may, "s3:GetObject");
    refuseConditions(
        request, List.of("if-match", "if-none-match", "if-modified-since", "if-unmodified-since"));
    Optional<StoredObject> found = bucket.find(request.key());
    if (found.isEmpty()) {
      // Who may not list does not learn whether there is an object.
      may.require("s3:ListBucket", "arn:aws:s3:::" + request.bucket());
      throw new Refused(KmsErrorCode.NO_SUCH_KEY, "The specified key does not exist.");
    }
    StoredObject object = found.get();
    Optional<String> range = request.header("range");
    return range.isPresent()
        ? part(object, range.get())
        : S3Answer.object(200, object, object.content());
  }

  private static S3Answer part(StoredObject object, String range) throws Refused {
    Matcher bounds = RANGE.matcher(range);
    int length = object.content().length;
    if (!bounds.matches() || Integer.parseInt(bounds.group(1)) >= length) {
      throw new Refused(KmsErrorCode.INVALID_RANGE, "The requested range is not satisfiable");
    }
    int first = Integer.parseInt(bounds.group(1));
    int last = bounds.group(2).isEmpty() ? length - 1 : Integer.parseInt(bounds.group(2));
    if (last < first) {
      throw new Refused(KmsErrorCode.INVALID_RANGE, "The requested range is not satisfiable");
    }
    int end = Math.min(last, length - 1);
    return S3Answer.object(206, object, Arrays.copyOfRange(object.content(), first, end + 1))
        .with("content-range", "bytes %d-%d/%d".formatted(first, end, length));
  }

  private S3Answer put(S3Request request, Permissions may) throws Refused, IOException {
    BucketDirectory bucket = requireObject(request, may, "s3:PutObject");
    refuseProtected(request);
    refuseConditions(
        request,
        List.of(
            "if-match", "x-amz-copy-source", "x-amz-server-side-encryption-customer-algorithm"));
    Optional<String> none = request.header("if-none-match");
    if (none.isPresent() && !none.get().equals("*")) {
      throw new Refused(KmsErrorCode.NOT_IMPLEMENTED, "If-None-Match is * or absent.");
    }
    try {
      boolean done =
          bucket.put(
              request.key(),
              request.body(),
              request.header("content-type").orElse("binary/octet-stream"),
              request.metadata(),
              none.isPresent() ? Existing.KEEP : Existing.REPLACE);
      if (!done) {
        throw new Refused(
            KmsErrorCode.PRECONDITION_FAILED,
            "At least one of the pre-conditions you specified did not hold");
      }
    } catch (FileAlreadyExistsException e) {
      throw S3Request.invalid("A key cannot be the directory of another key.");
    }
    String etag = bucket.find(request.key()).map(StoredObject::etag).orElse("");
    return S3Answer.empty(200).with("etag", '"' + etag + '"');
  }

  private S3Answer delete(S3Request request, Permissions may) throws Refused, IOException {
    BucketDirectory bucket = requireObject(request, may, "s3:DeleteObject");
    refuseProtected(request);
    bucket.delete(request.key());
    return S3Answer.empty(204);
  }

  private void refuseProtected(S3Request request) throws Refused {
    if (request.bucket().equals(trail.bucket()) && request.key().startsWith(trail.prefix())) {
      throw new Refused(
          KmsErrorCode.ACCESS_DENIED, "Only the key manager itself writes the audit trail.");
    }
  }

  private static void refuseConditions(S3Request request, List<String> headers) throws Refused {
    List<String> given = new ArrayList<>(headers);
    given.removeIf(header -> request.header(header).isEmpty());
    if (!given.isEmpty()) {
      throw new Refused(
          KmsErrorCode.NOT_IMPLEMENTED, "%s is not supported.".formatted(given.getFirst()));
    }
  }
}
