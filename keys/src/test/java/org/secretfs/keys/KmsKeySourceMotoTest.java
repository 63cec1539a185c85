package org.secretfs.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(MotoServer.Extension.class)
class KmsKeySourceMotoTest {
  private static final VolumeId VOLUME = new VolumeId("scratch");
  private static final Map<String, String> CONTEXT = Map.of("volume", "scratch", "host", "a b=c");

  @TempDir Path folder;

  private final List<CallObserver.Call> calls = new ArrayList<>();

  private KmsKeySource inDirectory(KmsSettings settings) {
    return new KmsKeySource(settings, new DirectoryStore(folder), "secret", calls::add);
  }

  @Test
  void create_thenObtain_givesTheSameSecret(MotoServer moto) throws Exception {
    String key = moto.createKey();
    byte[] made;
    try (KmsKeySource source = inDirectory(moto.kms(key, CONTEXT))) {
      assertThat(source.exists(VOLUME)).isFalse();
      made = Secrets.taken(source.create(VOLUME));
    }
    try (KmsKeySource source = inDirectory(moto.kms(key, CONTEXT))) {
      assertThat(source.exists(VOLUME)).isTrue();
      assertThat(Secrets.taken(source.obtain(VOLUME))).isEqualTo(made).hasSize(32);
      assertThat(Secrets.taken(source.create(VOLUME))).isEqualTo(made);
    }
  }

  @Test
  void create_withAlias_worksAndTellsTheObserver(MotoServer moto) throws Exception {
    moto.aws(
        "kms",
        "create-alias",
        "--alias-name",
        "alias/observed",
        "--target-key-id",
        moto.createKey());
    try (KmsKeySource source = inDirectory(moto.kms("alias/observed", CONTEXT))) {
      source.create(VOLUME).close();
      source.obtain(VOLUME).close();
    }
    CallObserver.Call last = calls.getLast();
    assertThat(last.operation()).isEqualTo("Decrypt");
    assertThat(last.keyId()).isEqualTo("alias/observed");
    assertThat(last.encryptionContext()).isEqualTo(CONTEXT);
    assertThat(last.endpoint()).isEqualTo(moto.endpoint().toString());
    assertThat(last.requestId()).isPresent();
    assertThat(last.failure()).isEmpty();
    assertThat(calls.getFirst().operation()).isEqualTo("GenerateDataKey");
  }

  @Test
  void obtain_otherContext_isRejectedNamingKeyAndContext(MotoServer moto) throws Exception {
    String key = moto.createKey();
    try (KmsKeySource source = inDirectory(moto.kms(key, CONTEXT))) {
      source.create(VOLUME).close();
    }
    try (KmsKeySource source = inDirectory(moto.kms(key, Map.of("volume", "other")))) {
      assertThatThrownBy(() -> source.obtain(VOLUME))
          .isInstanceOf(KeySourceException.Denied.class)
          .hasMessageContaining(key)
          .hasMessageContaining("{volume=other}")
          .hasMessageContaining("InvalidCiphertextException")
          .hasMessageContaining(folder.resolve("secret").toString())
          .extracting(e -> ((KeySourceException) e).code())
          .isEqualTo(KeySourceCode.WRAPPED_SECRET_REJECTED);
    }
    assertThat(calls.getLast().failure()).contains(KeySourceCode.WRAPPED_SECRET_REJECTED);
  }

  @Test
  void create_missingKey_isNotFoundAndStoresNothing(MotoServer moto) throws Exception {
    try (KmsKeySource source = inDirectory(moto.kms("alias/none", CONTEXT))) {
      assertThatThrownBy(() -> source.create(VOLUME))
          .isInstanceOf(KeySourceException.NotFound.class)
          .hasMessageContaining("alias/none");
      assertThat(source.exists(VOLUME)).isFalse();
    }
  }

  @Test
  void obtain_nothingStored_isNotFoundWithoutAskingKms(MotoServer moto) {
    try (KmsKeySource source = inDirectory(moto.kms("alias/none", CONTEXT))) {
      assertThatThrownBy(() -> source.obtain(VOLUME))
          .isInstanceOf(KeySourceException.NotFound.class)
          .hasMessageContaining(folder.resolve("secret").toString());
    }
    assertThat(calls).isEmpty();
  }

  @Test
  void obtain_blobOfTheAwsCliInS3_givesItsPlaintext(MotoServer moto) throws Exception {
    byte[] passphrase = {'a', '\n', 0, (byte) 0xff, ' '};
    Path plain = Files.write(folder.resolve("plain"), passphrase);
    Path blob = folder.resolve("blob");
    String key = moto.createKey();
    moto.aws("s3", "mb", "s3://made-by-cli");
    String text =
        moto.aws(
            "kms",
            "encrypt",
            "--key-id",
            key,
            "--plaintext",
            "fileb://" + plain,
            "--query",
            "CiphertextBlob",
            "--output",
            "text");
    Files.write(blob, Base64.getDecoder().decode(text));
    moto.aws("s3", "cp", blob.toString(), "s3://made-by-cli/volumes/LuksInternalStorageKey");

    S3Store store = new S3Store(moto.s3("made-by-cli"));
    try (KmsKeySource source =
        new KmsKeySource(
            moto.kms(key, Map.of()), store, "LuksInternalStorageKey", CallObserver.NONE)) {
      assertThat(Secrets.taken(source.obtain(VOLUME))).isEqualTo(passphrase);
    }
  }

  @Test
  void create_inS3_isReadByTheAwsCli(MotoServer moto) throws Exception {
    String key = moto.createKey();
    moto.aws("s3", "mb", "s3://made-by-us");
    byte[] made;
    try (KmsKeySource source =
        new KmsKeySource(
            moto.kms(key, Map.of("volume", "v1")),
            new S3Store(moto.s3("made-by-us")),
            "secret",
            CallObserver.NONE)) {
      made = Secrets.taken(source.create(VOLUME));
    }
    Path blob = folder.resolve("blob");
    moto.aws("s3", "cp", "s3://made-by-us/volumes/secret", blob.toString());
    String plaintext =
        moto.aws(
            "kms",
            "decrypt",
            "--ciphertext-blob",
            "fileb://" + blob,
            "--encryption-context",
            "volume=v1",
            "--query",
            "Plaintext",
            "--output",
            "text");
    assertThat(Base64.getDecoder().decode(plaintext)).isEqualTo(made);
  }

  @Test
  void fromTokenFacts_ofASource_obtainsTheSameSecret(MotoServer moto) throws Exception {
    moto.aws("s3", "mb", "s3://by-token");
    KmsSettings kms = moto.kms(moto.createKey(), CONTEXT);
    Map<String, Object> facts;
    byte[] made;
    try (KmsKeySource source =
        new KmsKeySource(kms, new S3Store(moto.s3("by-token")), "secret", CallObserver.NONE)) {
      made = Secrets.taken(source.create(VOLUME));
      facts = source.tokenFacts();
    }
    TokenTrust trust = TokenTrust.LOCAL_ONLY.withBucket("by-token");
    try (KeySource source = KeySources.fromTokenFacts(facts, trust, CallObserver.NONE)) {
      assertThat(Secrets.taken(source.obtain(VOLUME))).isEqualTo(made);
      assertThat(source.tokenFacts()).isEqualTo(facts);
    }
  }

  @Test
  void create_observerFails_withholdsTheSecret(MotoServer moto) throws Exception {
    KmsSettings kms = moto.kms(moto.createKey(), CONTEXT);
    CallObserver failing =
        call -> {
          throw new IllegalStateException("no audit, no key");
        };
    try (KmsKeySource source =
        new KmsKeySource(kms, new DirectoryStore(folder), "secret", failing)) {
      assertThatThrownBy(() -> source.create(VOLUME)).hasMessage("no audit, no key");
      assertThat(source.exists(VOLUME)).isFalse();
    }
  }

  @Test
  void putIfAbsent_twiceInS3_keepsTheFirst(MotoServer moto) throws Exception {
    moto.aws("s3", "mb", "s3://once");
    try (S3Store store = new S3Store(moto.s3("once"))) {
      assertThat(store.get("secret")).isEmpty();
      assertThat(store.putIfAbsent("secret", new byte[] {1})).isTrue();
      assertThat(store.putIfAbsent("secret", new byte[] {2})).isFalse();
      assertThat(store.get("secret")).contains(new byte[] {1});
    }
  }

  @Test
  void get_missingBucket_isNotFound(MotoServer moto) {
    try (S3Store store = new S3Store(moto.s3("nobody-made-this"))) {
      assertThatThrownBy(() -> store.get("secret"))
          .isInstanceOf(KeySourceException.NotFound.class)
          .hasMessageContaining("NoSuchBucket")
          .hasMessageContaining("s3://nobody-made-this/volumes/secret");
      assertThatThrownBy(() -> store.putIfAbsent("secret", new byte[1]))
          .isInstanceOf(KeySourceException.NotFound.class);
    }
  }

  @Test
  void get_objectTooLarge_isMalformed(MotoServer moto) throws Exception {
    moto.aws("s3", "mb", "s3://large");
    Path large = Files.write(folder.resolve("large"), new byte[5 << 20]);
    moto.aws("s3", "cp", large.toString(), "s3://large/volumes/secret");
    try (S3Store store = new S3Store(moto.s3("large"))) {
      assertThatThrownBy(() -> store.get("secret"))
          .isInstanceOf(KeySourceException.Malformed.class)
          .hasMessageContaining("65536");
    }
  }
}
