package org.secretfs.keymanager.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.json.StrictJson;

/**
 * What temporary credentials stand for; sealed in their session token.
 *
 * @param accessKeyId the temporary key's id
 * @param principal whose rights it has: {@code user/NAME} or {@code role/NAME}
 * @param principalCreated when that user or role was made: one that is made again is another
 * @param name what its maker called it; for a user's session the user's name
 * @param issued when it was made, in whole seconds
 * @param expires when it ends
 * @param secondFactor when a second factor was shown; null if none was
 * @param policy a policy that bounds it, JSON; null for none
 */
public record Session(
    String accessKeyId,
    String principal,
    Instant principalCreated,
    String name,
    Instant issued,
    Instant expires,
    @Nullable Instant secondFactor,
    @Nullable String policy) {

  byte[] toBytes() {
    ObjectNode json =
        StrictJson.empty()
            .put("id", accessKeyId)
            .put("principal", principal)
            .put("principal_created", principalCreated.toEpochMilli())
            .put("name", name)
            .put("issued", issued.getEpochSecond())
            .put("expires", expires.getEpochSecond());
    if (secondFactor != null) {
      json.put("second_factor", secondFactor.getEpochSecond());
    }
    if (policy != null) {
      json.put("policy", policy);
    }
    return StrictJson.bytes(json);
  }

  /** Reads what {@link #toBytes} wrote; what is sealed was written by this program. */
  static Optional<Session> fromBytes(byte[] bytes) {
    return StrictJson.object(bytes)
        .map(json ->
            new Session(
                json.path("id").asText(),
                json.path("principal").asText(),
                Instant.ofEpochMilli(json.path("principal_created").asLong()),
                json.path("name").asText(),
                Instant.ofEpochSecond(json.path("issued").asLong()),
                Instant.ofEpochSecond(json.path("expires").asLong()),
                json.has("second_factor")
                    ? Instant.ofEpochSecond(json.path("second_factor").asLong())
                    : null,
                text(json.get("policy"))));
  }

  private static @Nullable String text(@Nullable JsonNode node) {
    return node == null ? null : node.asText();
  }
}
