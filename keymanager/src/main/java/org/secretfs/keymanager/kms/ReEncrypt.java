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
    byte[] bytes = params.requiredBlob("CiphertextBlob", 1, CiphertextBlob.MOST_BYTES);
    EncryptionContext fromContext = EncryptionContext.read(params, "SourceEncryptionContext");
    EncryptionContext to = EncryptionContext.read(params, "DestinationEncryptionContext");
    String fromAlgorithm = Envelope.algorithm(params, "SourceEncryptionAlgorithm");
    String toAlgorithm = Envelope.algorithm(params, "DestinationEncryptionAlgorithm");
    audit(call, fromContext, to);
    CiphertextBlob blob = Envelope.parse(bytes);
    KeyRecord from = Envelope.keyOf(call, blob);
    KeyRecord into = destination(call);
    call.fact("kms:ReEncryptOnSameKey", Boolean.toString(from.id().equals(into.id())));
    KeyRecord source = call.authorized("ReEncryptFrom", from, fromContext);
    Envelope.requireSame(call, "SourceKeyId", source);
    KeyRecord destination =
        KeyChecks.requireEnabled(call.authorized("ReEncryptTo", into, to), call.arns());
    KeyChecks.requireEnabled(source, call.arns());
    byte[] plaintext = Envelope.decrypt(call, blob, fromContext);
    try {
      KeyChecks.endDryRun(params);
      return call.object()
          .put("CiphertextBlob", Envelope.encrypt(call, destination, to, plaintext))
          .put("SourceKeyId", call.arns().key(source.id()))
          .put("KeyId", call.arns().key(destination.id()))
          .put("SourceEncryptionAlgorithm", fromAlgorithm)
          .put("DestinationEncryptionAlgorithm", toAlgorithm)
          .put("SourceKeyMaterialId", material(source, blob.materialVersion()))
          .put("DestinationKeyMaterialId", material(destination, destination.currentVersion()));
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

  private static String material(KeyRecord key, int version) {
    return KeyMetadata.materialId(key.id(), version);
  }
}
