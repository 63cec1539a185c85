package org.secretfs.keys;

import java.net.URI;
import java.util.Optional;
import org.secretfs.keys.http.JdkHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.defaultsmode.DefaultsMode;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3Client;

/** Builds service clients that look at nothing but what they need. */
final class AwsClients {
  private static final Logger LOG = LoggerFactory.getLogger(AwsClients.class);

  // At debug level it prints each request's headers, the session token among them.
  private static final String SIGNER = "software.amazon.awssdk.http.auth.aws.internal.signer";

  private AwsClients() {}

  static KmsClient kms(KmsSettings settings, EndpointWitness witness) throws KeySourceException {
    Optional<URI> endpoint = AwsEnvironment.endpoint(settings.endpoint(), "KMS");
    endpoint.filter(AwsClients::isClear).ifPresent(AwsClients::warn);
    Region region = AwsEnvironment.region(settings.region(), settings.keyId(), endpoint);
    return common(
            KmsClient.builder(),
            override(settings.limits(), witness).addExecutionInterceptor(new JsonAnswerCheck()),
            settings.limits(),
            region,
            endpoint)
        .build();
  }

  static S3Client s3(S3Settings settings, EndpointWitness witness) throws KeySourceException {
    Optional<URI> endpoint = AwsEnvironment.endpoint(settings.endpoint(), "S3");
    Region region = AwsEnvironment.region(settings.region(), "", endpoint);
    return common(
            S3Client.builder(),
            override(settings.limits(), witness),
            settings.limits(),
            region,
            endpoint)
        .forcePathStyle(endpoint.isPresent())
        .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false))
        .disableS3ExpressSessionAuth(true)
        // Other makers' S3 refuses the trailing checksums that the library adds by default.
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .build();
  }

  private static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> B common(
      B builder,
      ClientOverrideConfiguration.Builder override,
      CallLimits limits,
      Region region,
      Optional<URI> endpoint)
      throws KeySourceException {
    endpoint.ifPresent(builder::endpointOverride);
    return builder
        .region(region)
        .defaultsMode(DefaultsMode.STANDARD)
        .credentialsProvider(credentials())
        .httpClient(
            new JdkHttpClient(
                limits.connect(), limits.attempt(), TrustedAuthorities.ofEnvironment()))
        .overrideConfiguration(override.build());
  }

  private static ClientOverrideConfiguration.Builder override(
      CallLimits limits, EndpointWitness witness) {
    return ClientOverrideConfiguration.builder()
        .apiCallTimeout(limits.call())
        .apiCallAttemptTimeout(limits.attempt())
        .retryStrategy(
            AwsRetryStrategy.standardRetryStrategy().toBuilder()
                .maxAttempts(limits.attempts())
                .build())
        .addExecutionInterceptor(witness);
  }

  private static AwsCredentialsProvider credentials() {
    if (LoggerFactory.getLogger(SIGNER).isDebugEnabled()) {
      LOG.warn("logger {} is at debug level: it writes session tokens of credentials", SIGNER);
    }
    AwsCredentialsProvider chain = DefaultCredentialsProvider.builder().build();
    return () -> {
      try {
        return chain.resolveCredentials();
      } catch (SdkException e) {
        throw new AwsFailures.CredentialsUnavailable(e);
      }
    };
  }

  private static boolean isClear(URI endpoint) {
    return endpoint.getScheme().equals("http") && !AwsEnvironment.isLoopback(endpoint);
  }

  private static void warn(URI endpoint) {
    LOG.warn("KMS at {} answers in clear: whoever sees the network sees the secret", endpoint);
  }
}
