package org.secretfs.keys;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A secret that a KMS key wraps; the wrapped form is kept in a {@link WrappedSecretStore}.
 *
 * <p>The wrapped form is the service's ciphertext blob as is, so an administrator can make one with
 * {@code aws kms encrypt} and read ours with {@code aws kms decrypt}. What it decrypts to is the
 * LUKS passphrase, byte for byte.
 *
 * <p><b>Form of a secret made here.</b> 32 random bytes from GenerateDataKey, raw, drawn again
 * while they hold a line feed (12 in 100 draws do). Boot scripts pipe the plaintext into {@code
 * cryptsetup luksOpen}, which reads raw bytes with {@code --key-file -} and otherwise stops at the
 * first line feed; without one both read the same. The 256 bits lose less than 0.2. Such a secret
 * cannot be typed; a recovery key for people is another keyslot.
 *
 * <p><b>What stays in memory.</b> The client library parses the answer's JSON on the heap: the
 * plaintext's decoded array is wiped here, its base64 text and the network buffers are not and stay
 * until they are collected.
 *
 * @spec https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html KMS Decrypt
 * @spec https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html KMS
 *     GenerateDataKey
 */
public final class KmsKeySource implements KeySource {
  // All of these hold a line feed with a chance below 2 to the -73.
  private static final int MOST_DRAWS = 24;

  private final KmsSettings settings;
  private final WrappedSecretStore store;
  private final String objectName;
  private final KmsCalls kms;

  /**
   * A source whose wrapped secret is {@code objectName} in {@code store}.
   *
   * @param store is closed with this source
   * @param observer is told of each call to the service
   * @throws IllegalArgumentException if the name breaks the store's rule
   */
  public KmsKeySource(
      KmsSettings settings, WrappedSecretStore store, String objectName, CallObserver observer) {
    store.describe(objectName);
    this.settings = settings;
    this.store = store;
    this.objectName = objectName;
    this.kms = new KmsCalls(settings, observer);
  }

  @Override
  public String kind() {
    return "kms";
  }

  @Override
  public SecretBuffer obtain(VolumeId volume) throws KeySourceException {
    Optional<byte[]> wrapped = store.get(objectName);
    if (wrapped.isEmpty()) {
      throw new KeySourceException.NotFound(
          KeySourceCode.WRAPPED_SECRET_MISSING,
          "volume %s has no wrapped secret: %s does not exist"
              .formatted(volume, store.describe(objectName)));
    }
    return kms.decrypt(volume, wrapped.get(), store.describe(objectName));
  }

  @Override
  public SecretBuffer create(VolumeId volume) throws KeySourceException {
    if (exists(volume)) {
      return obtain(volume);
    }
    DataKey made = generate(volume);
    boolean stored = false;
    try {
      stored = store.putIfAbsent(objectName, made.wrapped());
    } finally {
      if (!stored) {
        made.close();
      }
    }
    return stored ? made.secret() : obtain(volume);
  }

  private DataKey generate(VolumeId volume) throws KeySourceException {
    for (int draw = 0; draw < MOST_DRAWS; draw++) {
      DataKey made = kms.generate(volume);
      if (!made.holdsLineFeed()) {
        return made;
      }
      made.close();
    }
    throw new KeySourceException.Malformed(
        "%d data keys from key %s all hold a line feed: they are not random"
            .formatted(MOST_DRAWS, settings.keyId()));
  }

  @Override
  public boolean exists(VolumeId volume) throws KeySourceException {
    return store.get(objectName).isPresent();
  }

  @Override
  public Map<String, Object> tokenFacts() {
    Map<String, Object> place = new HashMap<>(store.tokenFacts());
    place.put("name", objectName);
    Map<String, Object> facts = new HashMap<>();
    facts.put("kind", kind());
    facts.put("key_id", settings.keyId());
    facts.put("encryption_context", settings.encryptionContext());
    facts.put("wrapped_secret", Map.copyOf(place));
    settings.region().ifPresent(region -> facts.put("region", region));
    settings.endpoint().ifPresent(endpoint -> facts.put("endpoint", endpoint.toString()));
    return Map.copyOf(facts);
  }

  @Override
  public void close() {
    kms.close();
    store.close();
  }
}
