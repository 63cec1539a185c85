package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Keeps a volume's manifests true when it is re-encrypted: whoever vouched for the old header and
 * gives the same secret vouches for the new one, which replaces it at the end.
 */
final class ManifestRenewal {
  private ManifestRenewal() {}

  /** Refuses a header that is not the one that whoever has the secret vouched for, if they did. */
  static void requireUntouched(HeaderCopy header, SecretBuffer secret) throws LuksException {
    for (Token token : header.metadata().tokens().values()) {
      if (Manifest.isOne(token)) {
        Manifest manifest = Manifest.read(token);
        if (manifest.isMadeWith(secret)) {
          manifest.requireSame(header);
        }
      }
    }
  }

  /** Returns the manifests of the volume as it will be, by their tokens' numbers. */
  static Map<Integer, Token> renewed(ReencryptHeader header, List<SecretBuffer> secrets)
      throws IOException, LuksException {
    Map<Integer, Token> renewed = new TreeMap<>();
    ReencryptMetadata metadata = header.reencryption();
    for (Map.Entry<Integer, Token> entry : header.metadata().tokens().entrySet()) {
      if (metadata.newDigest() < 0 || !Manifest.isOne(entry.getValue())) {
        continue;
      }
      Manifest manifest = Manifest.read(entry.getValue());
      for (SecretBuffer secret : secrets) {
        Optional<Integer> keyslot =
            manifest.isMadeWith(secret) ? keyslotOf(header, secret) : Optional.empty();
        if (keyslot.isPresent()) {
          ObjectNode json = header.copy().json().deepCopy();
          ReencryptJson.finish(json, header.metadata(), metadata);
          String uuid = header.uuid().toString();
          renewed.put(
              entry.getKey(), Manifest.make(json, uuid, keyslot.get(), secret, manifest.options()));
        }
      }
    }
    return renewed;
  }

  private static Optional<Integer> keyslotOf(ReencryptHeader header, SecretBuffer secret)
      throws IOException, LuksException {
    int number = header.reencryption().newDigest();
    Digest digest = java.util.Objects.requireNonNull(header.metadata().digests().get(number));
    Unlocker unlocker = new Unlocker(header.storage(), header.metadata(), digest);
    for (int keyslot : digest.keyslots()) {
      try {
        unlocker.unlock(secret, keyslot).close();
        return Optional.of(keyslot);
      } catch (LuksException.NoKeyslotOpened e) {
        // Another secret's.
      }
    }
    return Optional.empty();
  }

  /** Takes out the manifests of the header before, and puts in those of the header as it is now. */
  static void replace(ObjectNode json, Metadata before, Map<Integer, Token> renewed) {
    ObjectNode tokens = json.withObject("/tokens");
    before
        .tokens()
        .forEach((number, token) -> {
          if (Manifest.isOne(token)) {
            tokens.remove(Integer.toString(number));
          }
        });
    renewed.forEach((number, token) -> tokens.set(Integer.toString(number), token.json()));
  }
}
