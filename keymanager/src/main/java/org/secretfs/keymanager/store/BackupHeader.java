package org.secretfs.keymanager.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.SealedRoot;

/**
 * What a backup says of itself, in clear: docs/format/backup.md. Proven when the backup is opened:
 * its keys are derived from these bytes.
 *
 * @param databaseId which database it is of
 * @param rootId which root key opens it
 * @param generation how often the database had been changed
 * @param created when it was made
 * @param auditSequence the number of the last audit record then
 * @param auditHash the hash of that record
 * @param wrappedKey the key of backups under the root key, in base64
 * @param salt 32 random bytes in base64
 * @param sealedRoot the root key as it was kept, if it was sealed, in base64; else empty
 */
public record BackupHeader(
    String databaseId,
    String rootId,
    long generation,
    Instant created,
    long auditSequence,
    String auditHash,
    String wrappedKey,
    String salt,
    String sealedRoot) {
  static final int MOST_BYTES = 256 << 10;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FORMAT = "secretfs key manager backup";
  private static final int VERSION = 1;

  /** The root key as it was kept when the backup was made; empty if that was in clear. */
  public Optional<SealedRoot> sealed() throws KeyManagerException {
    return sealedRoot.isEmpty()
        ? Optional.empty()
        : Optional.of(SealedRoot.parse(Base64.getDecoder().decode(sealedRoot)));
  }

  byte[] wrappedKeyBytes() {
    return Base64.getDecoder().decode(wrappedKey);
  }

  /** One line without its end. */
  byte[] toBytes() {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", FORMAT).put("version", VERSION);
    json.put("database", databaseId).put("root", rootId).put("generation", generation);
    json.put("created", created.toString());
    json.put("audit_sequence", auditSequence).put("audit_hash", auditHash);
    json.put("wrapped_key", wrappedKey).put("salt", salt).put("sealed_root", sealedRoot);
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  static BackupHeader parse(byte[] line) throws KeyManagerException.Backup {
    try {
      JsonNode json = JSON.readTree(line);
      if (!json.path("format").asText().equals(FORMAT) || json.path("version").asInt() != VERSION) {
        throw new KeyManagerException.Backup(
            "backup: must be '%s' of version %d".formatted(FORMAT, VERSION));
      }
      for (String name : new String[] {"wrapped_key", "salt", "sealed_root"}) {
        var _ = Base64.getDecoder().decode(json.path(name).asText());
      }
      return new BackupHeader(
          json.path("database").asText(),
          json.path("root").asText(),
          json.path("generation").asLong(-1),
          Instant.parse(json.path("created").asText()),
          json.path("audit_sequence").asLong(),
          json.path("audit_hash").asText(),
          json.path("wrapped_key").asText(),
          json.path("salt").asText(),
          json.path("sealed_root").asText());
    } catch (IOException | DateTimeException | IllegalArgumentException e) {
      throw new KeyManagerException.Backup("backup: its first line is damaged");
    }
  }
}
