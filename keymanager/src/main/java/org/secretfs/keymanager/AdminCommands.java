package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.store.BackupHeader;

/** What the owner can have a running server do. */
final class AdminCommands implements AdminSocket.Handler {
  private final Vault vault;

  AdminCommands(Vault vault) {
    this.vault = vault;
  }

  @Override
  public ObjectNode handle(JsonNode request, Optional<SecretBuffer> secret)
      throws KeyManagerException {
    switch (request.path("command").asText()) {
      case "status" -> {
        // Answered below, as all are.
      }
      case "unseal" -> {
        if (secret.isPresent()) {
          vault.offer(secret.get());
        } else {
          var _ = vault.attempt();
        }
      }
      case "forget" -> vault.forget();
      case "seal" -> vault.seal();
      case "backup" -> {
        return backup(request.path("file").asText());
      }
      default ->
          throw new KeyManagerException.Configuration("admin request: has no known 'command'");
    }
    return JsonNodeFactory.instance.objectNode().set("status", vault.status());
  }

  private ObjectNode backup(String file) throws KeyManagerException {
    Path target = Path.of(file);
    if (!target.isAbsolute()) {
      throw new KeyManagerException.Configuration("admin request: 'file' must be absolute");
    }
    BackupHeader made = vault.backup(target);
    return JsonNodeFactory.instance
        .objectNode()
        .put("generation", made.generation())
        .put("audit_sequence", made.auditSequence());
  }
}
