package org.secretfs.keys;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * Wrapped secrets as objects of one S3 bucket. A name is an object key without the prefix, 1 to 512
 * characters.
 *
 * <p>Writing is conditional ({@code If-None-Match: *}). Where the endpoint answers that it has no
 * conditional writes, the object is looked for, written, and read back: then of two writers at the
 * same moment both could believe to have won, which the read-back makes unlikely and not
 * impossible.
 *
 * <p>Without {@code s3:ListBucket} S3 says 403 and not 404 of an object that does not exist.
 *
 * @spec https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html S3
 *     conditional writes
 */
public final class S3Store implements WrappedSecretStore {
  private static final int HTTP_NOT_IMPLEMENTED = 501;
  private static final int HTTP_PRECONDITION_FAILED = 412;
  private static final int HTTP_CONFLICT = 409;
  private static final int HTTP_NOT_FOUND = 404;

  private final S3Settings settings;
  private final AwsClient<S3Client> client;

  /** A store in this bucket. */
  public S3Store(S3Settings settings) {
    this.settings = settings;
    this.client = new AwsClient<>(witness -> AwsClients.s3(settings, witness));
  }

  @Override
  public Optional<byte[]> get(String name) throws KeySourceException {
    GetObjectRequest.Builder request =
        GetObjectRequest.builder().bucket(settings.bucket()).key(key(name));
    settings.expectedBucketOwner().ifPresent(request::expectedBucketOwner);
    S3Client s3 = client.get();
    try (ResponseInputStream<GetObjectResponse> in = s3.getObject(request.build())) {
      byte[] blob = in.readNBytes(MAX_BLOB_BYTES + 1);
      in.abort();
      return Optional.of(Blobs.checked(blob, describe(name)));
    } catch (SdkException e) {
      if (isMissing(e)) {
        return Optional.empty();
      }
      throw AwsFailures.of(e, asked("GetObject", name));
    } catch (IOException e) {
      throw AwsFailures.ofRead(e, asked("GetObject", name));
    }
  }

  private static boolean isMissing(SdkException e) {
    return e instanceof AwsServiceException service
        && service.statusCode() == HTTP_NOT_FOUND
        && !AwsFailures.errorCode(service).equals("NoSuchBucket");
  }

  @Override
  public boolean putIfAbsent(String name, byte[] blob) throws KeySourceException {
    Blobs.requireStorable(blob);
    S3Client s3 = client.get();
    try {
      s3.putObject(putRequest(name).ifNoneMatch("*").build(), RequestBody.fromBytes(blob));
      return true;
    } catch (SdkException e) {
      return switch (status(e)) {
        case HTTP_PRECONDITION_FAILED, HTTP_CONFLICT -> false;
        case HTTP_NOT_IMPLEMENTED -> putUnconditionally(s3, name, blob);
        default -> throw AwsFailures.of(e, asked("PutObject", name));
      };
    }
  }

  private boolean putUnconditionally(S3Client s3, String name, byte[] blob)
      throws KeySourceException {
    if (get(name).isPresent()) {
      return false;
    }
    try {
      s3.putObject(putRequest(name).build(), RequestBody.fromBytes(blob));
    } catch (SdkException e) {
      throw AwsFailures.of(e, asked("PutObject", name));
    }
    return get(name).filter(stored -> Arrays.equals(stored, blob)).isPresent();
  }

  private PutObjectRequest.Builder putRequest(String name) {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(settings.bucket())
            .key(key(name))
            .contentType("application/octet-stream");
    settings.expectedBucketOwner().ifPresent(request::expectedBucketOwner);
    return request;
  }

  private static int status(SdkException e) {
    return e instanceof AwsServiceException service ? service.statusCode() : -1;
  }

  @Override
  public Map<String, Object> tokenFacts() {
    Map<String, Object> facts = new HashMap<>();
    facts.put("store", "s3");
    facts.put("bucket", settings.bucket());
    facts.put("prefix", settings.prefix());
    settings.region().ifPresent(region -> facts.put("region", region));
    settings.endpoint().ifPresent(endpoint -> facts.put("endpoint", endpoint.toString()));
    settings.expectedBucketOwner().ifPresent(owner -> facts.put("expected_bucket_owner", owner));
    return Map.copyOf(facts);
  }

  @Override
  public String describe(String name) {
    return "s3://%s/%s".formatted(settings.bucket(), key(name));
  }

  @Override
  public void close() {
    client.close();
  }

  private String key(String name) {
    AwsNames.requireObjectName(name);
    return settings.prefix() + name;
  }

  private AwsFailures.Asked asked(String operation, String name) {
    return new AwsFailures.Asked("S3 " + operation, client.endpoint(), describe(name));
  }
}
