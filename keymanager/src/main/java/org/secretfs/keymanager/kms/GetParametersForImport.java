package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Gives the public key under which material is to be wrapped, and the token that goes with it. */
final class GetParametersForImport extends NamedOperation {
  private static final Duration VALID_FOR = Duration.ofHours(24);

  GetParametersForImport() {
    super("GetParametersForImport", true, "KeyId", "WrappingAlgorithm", "WrappingKeySpec");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    String algorithm =
        call.params()
            .choice("WrappingAlgorithm", ImportWrapping.ALGORITHMS)
            .orElseThrow(() -> Constraints.missing("wrappingAlgorithm"));
    String spec =
        call.params()
            .choice("WrappingKeySpec", ImportWrapping.SPECS)
            .orElseThrow(() -> Constraints.missing("wrappingKeySpec"));
    call.fact("kms:WrappingAlgorithm", algorithm);
    call.fact("kms:WrappingKeySpec", spec);
    KeyRecord key = KeyChecks.requireOrigin(call.keyByIdOrArn(), true, call.arns());
    KeyChecks.requireNotPendingDeletion(key, call.arns());
    Instant validTo = call.now().plus(VALID_FOR);
    ImportWrapping.Parameters made = call.importWrapping().make(key.id(), algorithm, spec, validTo);
    return call.object()
        .put("KeyId", call.arns().key(key.id()))
        .put("ImportToken", made.token())
        .put("PublicKey", made.publicKey())
        .put("ParametersValidTo", KeyMetadata.seconds(validTo));
  }
}
