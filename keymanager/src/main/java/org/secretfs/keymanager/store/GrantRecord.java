package org.secretfs.keymanager.store;

import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A grant as it is kept.
 *
 * @param id 64 hexadecimal digits
 * @param keyId the key
 * @param name what its maker called it; empty for nothing
 * @param grantee the ARN of who may use the key
 * @param retiring the ARN of who may retire the grant; null for nobody
 * @param operations what the grantee may do, as the API names it, in the order of the request
 * @param contextEquals the only encryption context that is allowed; empty for any
 * @param contextSubset pairs that the context must have; empty for none
 * @param issuer the ARN of who made it
 * @param created when it was made
 */
public record GrantRecord(
    String id,
    String keyId,
    String name,
    String grantee,
    @Nullable String retiring,
    List<String> operations,
    SortedMap<String, String> contextEquals,
    SortedMap<String, String> contextSubset,
    String issuer,
    Instant created) {

  /** Whether another was asked for in the same words. */
  boolean isSameRequestAs(GrantRecord other) {
    return name.equals(other.name)
        && grantee.equals(other.grantee)
        && java.util.Objects.equals(retiring, other.retiring)
        && operations.equals(other.operations)
        && contextEquals.equals(other.contextEquals)
        && contextSubset.equals(other.contextSubset);
  }
}
