package org.secretfs.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3StoreFaultTest {
  private static final byte[] BLOB = {1, 2, 3};
  private static final FakeAws.Reply STORED = FakeAws.body(200, "application/xml", new byte[0]);
  private static final FakeAws.Reply ABSENT = FakeAws.s3Error(404, "NoSuchKey");

  @BeforeEach
  void setCredentials() {
    AwsCredentials.setInSystemProperties();
  }

  private static FakeAws.Reply object(byte[] content) {
    return FakeAws.body(200, "application/octet-stream", content);
  }

  @ParameterizedTest
  @CsvSource({
    "404, NoSuchBucket, STORE_MISSING",
    "403, AccessDenied, POLICY_DENIED",
    "403, InvalidAccessKeyId, CREDENTIALS_REFUSED",
    "403, SignatureDoesNotMatch, CREDENTIALS_REFUSED",
    "403, RequestTimeTooSkewed, CREDENTIALS_REFUSED",
    "301, PermanentRedirect, MISCONFIGURED",
    "400, AuthorizationHeaderMalformed, MISCONFIGURED",
  })
  void calls_serviceRefuses_sayWhichWay(int status, String code, KeySourceCode expected)
      throws Exception {
    try (FakeAws aws = new FakeAws(FakeAws.s3Error(status, code));
        S3Store store = new S3Store(aws.s3())) {
      assertThatThrownBy(() -> store.get("name"))
          .isInstanceOf(KeySourceException.class)
          .hasMessageContainingAll(code, "S3 GetObject", "s3://bucket/name")
          .extracting(e -> ((KeySourceException) e).code())
          .isEqualTo(expected);
      assertThatThrownBy(() -> store.putIfAbsent("name", BLOB))
          .isInstanceOf(KeySourceException.class)
          .hasMessageContainingAll(code, "S3 PutObject", "s3://bucket/name")
          .extracting(e -> ((KeySourceException) e).code())
          .isEqualTo(expected);
    }
  }

  @Test
  void get_noSuchKey_isEmpty() throws Exception {
    try (FakeAws aws = new FakeAws(ABSENT);
        S3Store store = new S3Store(aws.s3())) {
      assertThat(store.get("name")).isEmpty();
      assertThat(aws.requests().getFirst().path()).startsWith("/bucket/name");
      assertThat(aws.requests().getFirst().headers())
          .containsEntry("x-amz-expected-bucket-owner", "123456789012");
    }
  }

  @Test
  void get_emptyObject_isMalformed() throws Exception {
    try (FakeAws aws = new FakeAws(object(new byte[0]));
        S3Store store = new S3Store(aws.s3())) {
      assertThatThrownBy(() -> store.get("name"))
          .isInstanceOf(KeySourceException.Malformed.class)
          .hasMessageContaining("s3://bucket/name");
    }
  }

  @Test
  void get_longestObject_isReadWhole() throws Exception {
    byte[] longest = new byte[WrappedSecretStore.MAX_BLOB_BYTES];
    longest[longest.length - 1] = 7;
    try (FakeAws aws = new FakeAws(object(longest));
        S3Store store = new S3Store(aws.s3())) {
      assertThat(store.get("name")).contains(longest);
    }
  }

  @Test
  void get_oneByteTooMany_isMalformed() throws Exception {
    try (FakeAws aws = new FakeAws(object(new byte[WrappedSecretStore.MAX_BLOB_BYTES + 1]));
        S3Store store = new S3Store(aws.s3())) {
      assertThatThrownBy(() -> store.get("name")).isInstanceOf(KeySourceException.Malformed.class);
    }
  }

  @Test
  void putIfAbsent_stored_sentTheConditionAndTheBlob() throws Exception {
    try (FakeAws aws = new FakeAws(STORED);
        S3Store store = new S3Store(aws.s3())) {
      assertThat(store.putIfAbsent("name", BLOB)).isTrue();
      FakeAws.Request put = aws.requests().getFirst();
      assertThat(put.method()).isEqualTo("PUT");
      assertThat(put.headers())
          .containsEntry("if-none-match", "*")
          .containsEntry("content-length", "3")
          .containsEntry("x-amz-expected-bucket-owner", "123456789012");
      assertThat(put.body()).isEqualTo("\1\2\3");
    }
  }

  @ParameterizedTest
  @CsvSource({"412, PreconditionFailed", "409, ConditionalRequestConflict"})
  void putIfAbsent_anotherWriterWas_isFalse(int status, String code) throws Exception {
    try (FakeAws aws = new FakeAws(FakeAws.s3Error(status, code));
        S3Store store = new S3Store(aws.s3())) {
      assertThat(store.putIfAbsent("name", BLOB)).isFalse();
    }
  }

  @Test
  void putIfAbsent_noConditionalWritesAndAbsent_writesAndReadsBack() throws Exception {
    FakeAws.Reply unsupported = FakeAws.s3Error(501, "NotImplemented");
    try (FakeAws aws = new FakeAws(unsupported, ABSENT, STORED, object(BLOB));
        S3Store store = new S3Store(aws.s3())) {
      assertThat(store.putIfAbsent("name", BLOB)).isTrue();
      assertThat(aws.requests())
          .extracting(FakeAws.Request::method)
          .containsExactly("PUT", "GET", "PUT", "GET");
      assertThat(aws.requests().get(2).headers()).doesNotContainKey("if-none-match");
    }
  }

  @Test
  void putIfAbsent_noConditionalWritesAndPresent_leavesItAlone() throws Exception {
    FakeAws.Reply unsupported = FakeAws.s3Error(501, "NotImplemented");
    try (FakeAws aws = new FakeAws(unsupported, object(new byte[] {9}));
        S3Store store = new S3Store(aws.s3())) {
      assertThat(store.putIfAbsent("name", BLOB)).isFalse();
      assertThat(aws.requests()).hasSize(2);
    }
  }

  @Test
  void putIfAbsent_noConditionalWritesAndOverwrittenByAnother_isFalse() throws Exception {
    FakeAws.Reply unsupported = FakeAws.s3Error(501, "NotImplemented");
    try (FakeAws aws = new FakeAws(unsupported, ABSENT, STORED, object(new byte[] {9}));
        S3Store store = new S3Store(aws.s3())) {
      assertThat(store.putIfAbsent("name", BLOB)).isFalse();
    }
  }

  @Test
  void putIfAbsent_blobTooLarge_isRefusedBeforeAnythingIsSent() throws Exception {
    try (FakeAws aws = new FakeAws(STORED);
        S3Store store = new S3Store(aws.s3())) {
      byte[] large = new byte[WrappedSecretStore.MAX_BLOB_BYTES + 1];
      assertThatThrownBy(() -> store.putIfAbsent("name", large))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("65537");
      assertThat(aws.requests()).isEmpty();
    }
  }
}
