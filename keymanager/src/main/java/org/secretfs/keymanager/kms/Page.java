package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/**
 * A part of a list: what comes after a name, up to a limit.
 *
 * @param after the last name that was given before; empty at the start
 * @param limit how many to give
 */
record Page(String after, int limit) {

  static Page read(Params params, int byDefault, int most) throws Refused {
    int limit = params.number("Limit", 1, most).orElse(byDefault);
    Optional<String> marker = params.text("Marker", 1, 1024);
    return new Page(marker.isPresent() ? name(marker.get()) : "", limit);
  }

  private static String name(String marker) throws Refused {
    try {
      return new String(Base64.getUrlDecoder().decode(marker), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Refused(KmsErrorCode.INVALID_MARKER, "The marker is not one that was given.");
    }
  }

  /** How many to look for, to know whether there are more. */
  int wanted() {
    return limit + 1;
  }

  /**
   * Writes the items, and where to go on.
   *
   * @param found up to {@link #wanted} of them
   * @param name what orders them
   */
  <T> ObjectNode answer(
      ObjectNode answer,
      String member,
      List<T> found,
      Function<T, String> name,
      Function<T, ObjectNode> json) {
    boolean truncated = found.size() > limit;
    List<T> given = truncated ? found.subList(0, limit) : found;
    ArrayNode items = answer.putArray(member);
    given.forEach(item -> items.add(json.apply(item)));
    answer.put("Truncated", truncated);
    if (truncated) {
      byte[] last = name.apply(given.getLast()).getBytes(StandardCharsets.UTF_8);
      answer.put("NextMarker", Base64.getUrlEncoder().withoutPadding().encodeToString(last));
    }
    return answer;
  }
}
