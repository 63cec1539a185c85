package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Decrypts and encrypts under another key or context; the plaintext does not leave. */
final class ReEncrypt extends NamedOperation {
  ReEncrypt() {
    super(
        "ReEncrypt",
        true,
        "CiphertextBlob",
        "SourceEncryptionContext",
        "SourceKeyId",
        "DestinationKeyId",
        "DestinationEncryptionContext",
        "SourceEncryptionAlgorithm",
        "DestinationEncryptionAlgorithm",
        "GrantTokens",
        "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Params params = call.params();
    EncryptionContext fromContext = EncryptionContext.read(params, "SourceEncryptionContext");
    EncryptionContext to = EncryptionContext.read(params, "DestinationEncryptionContext");
    String fromAlgorithm = Envelope.algorithm(params, "SourceEncryptionAlgorithm");
    String toAlgorithm = Envelope.algorithm(params, "DestinationEncryptionAlgorithm");
    audit(call, fromContext, to);
    Ciphertext ciphertext = Ciphertext.read(call, fromAlgorithm, "SourceKeyId");
    KeyRecord from = ciphertext.key();
    KeyRecord into = destination(call);
    call.fact("kms:ReEncryptOnSameKey", Boolean.toString(from.id().equals(into.id())));
    KeyRecord source = call.authorized("ReEncryptFrom", from, fromContext);
    Envelope.requireSame(call, "SourceKeyId", source);
    KeyRecord destination = call.authorized("ReEncryptTo", into, to);
    Envelope.requireFitting(call, source, fromAlgorithm, fromContext);
    Envelope.requireFitting(call, destination, toAlgorithm, to);
    KeyChecks.requireEnabled(destination, call.arns());
    KeyChecks.requireEnabled(source, call.arns());
    byte[] plaintext = ciphertext.decrypt(call, fromContext);
    try {
      KeyChecks.endDryRun(params);
      byte[] made = Envelope.encrypt(call, destination, toAlgorithm, to, plaintext);
      ObjectNode answer =
          call.object()
              .put("CiphertextBlob", made)
              .put("SourceKeyId", call.arns().key(source.id()))
              .put("KeyId", call.arns().key(destination.id()))
              .put("SourceEncryptionAlgorithm", fromAlgorithm)
              .put("DestinationEncryptionAlgorithm", toAlgorithm);
      ciphertext.materialId().ifPresent(id -> answer.put("SourceKeyMaterialId", id));
      if (destination.type().isSymmetric()) {
        answer.put(
            "DestinationKeyMaterialId",
            KeyMetadata.materialId(destination.id(), destination.currentVersion()));
      }
      return answer;
    } finally {
      Arrays.fill(plaintext, (byte) 0);
    }
  }

  private static void audit(Call call, EncryptionContext from, EncryptionContext to)
      throws Refused {
    call.audit("sourceEncryptionContext", from);
    call.audit("destinationEncryptionContext", to);
    call.params().keyId("SourceKeyId").ifPresent(name -> call.audit("sourceKeyId", name));
    call.params().keyId("DestinationKeyId").ifPresent(name -> call.audit("destinationKeyId", name));
  }

  private static KeyRecord destination(Call call) throws Refused, IOException {
    String name =
        call.params()
            .keyId("DestinationKeyId")
            .orElseThrow(() -> Constraints.missing("destinationKeyId"));
    return call.find(name);
  }
}
