package org.secretfs.keys;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.secretfs.audit.delivery.TrailDestination;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * A bucket of an S3 service that an audit trail goes to. Writing is conditional ({@code
 * If-None-Match: *}); an endpoint that has no conditional writes is not used.
 */
public final class S3TrailDestination implements TrailDestination {
  private static final int MOST_BYTES = 16 << 20;
  private static final int HTTP_NOT_FOUND = 404;
  private static final int HTTP_CONFLICT = 409;
  private static final int HTTP_PRECONDITION_FAILED = 412;

  private final S3Settings settings;
  private final AwsClient<S3Client> client;

  /** One in this bucket; the prefix of the settings is not used. */
  public S3TrailDestination(S3Settings settings) {
    this.settings = settings;
    this.client = new AwsClient<>(witness -> AwsClients.s3(settings, witness));
  }

  @Override
  public boolean putIfAbsent(String key, byte[] content, Map<String, String> metadata)
      throws IOException {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(settings.bucket())
            .key(key)
            .contentType("application/json")
            .metadata(metadata)
            .ifNoneMatch("*");
    settings.expectedBucketOwner().ifPresent(request::expectedBucketOwner);
    try {
      client.get().putObject(request.build(), RequestBody.fromBytes(content));
      return true;
    } catch (SdkException e) {
      int status = status(e);
      if (status == HTTP_PRECONDITION_FAILED || status == HTTP_CONFLICT) {
        return false;
      }
      throw failed(AwsFailures.of(e, asked("PutObject", key)));
    } catch (KeySourceException e) {
      throw failed(e);
    }
  }

  @Override
  public Optional<byte[]> get(String key) throws IOException {
    GetObjectRequest.Builder request =
        GetObjectRequest.builder().bucket(settings.bucket()).key(key);
    settings.expectedBucketOwner().ifPresent(request::expectedBucketOwner);
    try {
      return Optional.of(content(client.get().getObject(request.build()), key));
    } catch (SdkException e) {
      if (status(e) == HTTP_NOT_FOUND) {
        return Optional.empty();
      }
      throw failed(AwsFailures.of(e, asked("GetObject", key)));
    } catch (KeySourceException e) {
      throw failed(e);
    }
  }

  private static byte[] content(ResponseInputStream<GetObjectResponse> object, String key)
      throws IOException {
    try (object) {
      byte[] content = object.readNBytes(MOST_BYTES + 1);
      if (content.length > MOST_BYTES) {
        object.abort();
        throw new IOException("%s has more than %d bytes".formatted(key, MOST_BYTES));
      }
      return content;
    }
  }

  private static int status(SdkException e) {
    return e instanceof AwsServiceException service ? service.statusCode() : -1;
  }

  private AwsFailures.Asked asked(String operation, String key) {
    return new AwsFailures.Asked(
        "S3 " + operation, client.endpoint(), "s3://%s/%s".formatted(settings.bucket(), key));
  }

  private static IOException failed(KeySourceException e) {
    return new IOException(e.getMessage(), e);
  }

  @Override
  public void close() {
    client.close();
  }
}
