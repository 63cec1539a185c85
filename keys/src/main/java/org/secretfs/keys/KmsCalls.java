package org.secretfs.keys;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;
import software.amazon.awssdk.awscore.AwsResponse;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DecryptRequest;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyRequest;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;

/** The two calls to KMS, with their failures mapped and the observer told. */
final class KmsCalls implements AutoCloseable {
  static final int SECRET_BYTES = 32;
  static final int MOST_SECRET_BYTES = 4096;

  private final KmsSettings settings;
  private final CallObserver observer;
  private final AwsClient<KmsClient> client;

  KmsCalls(KmsSettings settings, CallObserver observer) {
    this.settings = settings;
    this.observer = observer;
    this.client = new AwsClient<>(witness -> AwsClients.kms(settings, witness));
  }

  /** Returns what {@code wrapped} decrypts to; {@code where} says where it came from. */
  SecretBuffer decrypt(VolumeId volume, byte[] wrapped, String where) throws KeySourceException {
    DecryptRequest request =
        DecryptRequest.builder()
            .ciphertextBlob(SdkBytes.fromByteArrayUnsafe(wrapped))
            .keyId(settings.keyId())
            .encryptionContext(settings.encryptionContext())
            .build();
    KmsCall<DecryptResponse> call = new KmsCall<>(volume, "Decrypt", "wrapped secret " + where);
    DecryptResponse response = call.send(kms -> kms.decrypt(request));
    return call.handOut(response, response.plaintext());
  }

  /** Returns a new data key of 32 bytes. */
  DataKey generate(VolumeId volume) throws KeySourceException {
    GenerateDataKeyRequest request =
        GenerateDataKeyRequest.builder()
            .keyId(settings.keyId())
            .numberOfBytes(SECRET_BYTES)
            .encryptionContext(settings.encryptionContext())
            .build();
    KmsCall<GenerateDataKeyResponse> call =
        new KmsCall<>(volume, "GenerateDataKey", "volume " + volume);
    GenerateDataKeyResponse response = call.send(kms -> kms.generateDataKey(request));
    byte[] wrapped = call.required(response.ciphertextBlob(), WrappedSecretStore.MAX_BLOB_BYTES);
    SecretBuffer secret = call.handOut(response, response.plaintext());
    return new DataKey(secret, wrapped);
  }

  @Override
  public void close() {
    client.close();
  }

  /** One call on its way: sent, checked, reported. */
  private final class KmsCall<R extends AwsResponse> {
    private final VolumeId volume;
    private final String operation;
    private final String subject;

    private KmsCall(VolumeId volume, String operation, String subject) {
      this.volume = volume;
      this.operation = operation;
      this.subject =
          "key %s, encryption context %s, %s"
              .formatted(settings.keyId(), Text.shown(settings.encryptionContext()), subject);
    }

    private R send(Function<KmsClient, R> request) throws KeySourceException {
      KmsClient kms = client.get();
      try {
        return request.apply(kms);
      } catch (SdkException e) {
        KeySourceException failure = AwsFailures.of(e, asked());
        report(AwsFailures.requestId(e), Optional.of((KeySourceCode) failure.code()));
        throw failure;
      }
    }

    /** Moves the plaintext off the heap, reports success, and returns it. */
    private SecretBuffer handOut(R response, @Nullable SdkBytes plaintext)
        throws KeySourceException {
      SecretBuffer secret = SecretBuffer.takeFrom(required(plaintext, MOST_SECRET_BYTES));
      try {
        report(Optional.ofNullable(response.responseMetadata().requestId()), Optional.empty());
        return secret;
      } catch (RuntimeException e) {
        secret.close();
        throw e;
      }
    }

    /** Returns the array inside {@code bytes} itself, not a copy. */
    private byte[] required(@Nullable SdkBytes bytes, int mostBytes) throws KeySourceException {
      byte[] array = bytes == null ? new byte[0] : bytes.asByteArrayUnsafe();
      if (array.length < 1 || array.length > mostBytes) {
        Arrays.fill(array, (byte) 0);
        report(Optional.empty(), Optional.of(KeySourceCode.MALFORMED));
        throw new KeySourceException.Malformed(
            "%s answered with a value of %d bytes: must be 1 to %d"
                .formatted(asked(), array.length, mostBytes));
      }
      return array;
    }

    private AwsFailures.Asked asked() {
      return new AwsFailures.Asked("KMS " + operation, client.endpoint(), subject);
    }

    private void report(Optional<String> requestId, Optional<KeySourceCode> failure) {
      observer.finished(
          new CallObserver.Call(
              volume,
              operation,
              settings.keyId(),
              settings.encryptionContext(),
              client.endpoint(),
              requestId,
              failure));
    }
  }
}
