package org.secretfs.keymanager.kms;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.GrantRecord;
import org.secretfs.keymanager.store.Tokens;

/**
 * Grant tokens. A grant holds here from the moment it is made, so a token gives nothing that the
 * grant does not; one that was not given out here is refused, as AWS does.
 */
final class GrantTokens {
  private static final String PURPOSE = "grant";
  private static final int MOST = 10;
  private static final int MOST_CHARS = 8192;

  private final Tokens tokens;

  GrantTokens(Tokens tokens) {
    this.tokens = tokens;
  }

  /**
   * What a token names.
   *
   * @param keyId the key
   * @param grantId the grant, which may be gone
   */
  record Named(String keyId, String grantId) {}

  String of(GrantRecord grant) {
    byte[] content = (grant.keyId() + "/" + grant.id()).getBytes(US_ASCII);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(tokens.seal(PURPOSE, content));
  }

  Named open(String token) throws Refused {
    Optional<byte[]> content = token.length() > MOST_CHARS ? Optional.empty() : opened(token);
    String text = new String(content.orElseThrow(GrantTokens::invalid), US_ASCII);
    int slash = text.indexOf('/');
    return new Named(text.substring(0, slash), text.substring(slash + 1));
  }

  private Optional<byte[]> opened(String token) {
    try {
      return tokens.open(PURPOSE, Base64.getUrlDecoder().decode(token));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Refuses a request with a token that was not given out here, or with too many. */
  void requireGenuine(Params params) throws Refused {
    List<String> given = params.texts("GrantTokens");
    if (given.size() > MOST) {
      throw Constraints.failed(
          "[%d tokens]".formatted(given.size()),
          "grantTokens",
          "Member must have length less than or equal to " + MOST);
    }
    for (String token : given) {
      open(token);
    }
  }

  private static Refused invalid() {
    return new Refused(KmsErrorCode.INVALID_GRANT_TOKEN, "The grant token is not valid.");
  }
}
