package org.secretfs.keys;

import java.util.Map;
import java.util.Optional;

/**
 * Where wrapped secrets are kept: small blobs under names, written once and never overwritten. A
 * wrapped secret is ciphertext, so whoever reads the store learns only that it exists.
 *
 * <p>Safe for use by several threads and processes. Making one costs nothing.
 */
public interface WrappedSecretStore extends AutoCloseable {
  /** The longest blob, 64 KiB. */
  int MAX_BLOB_BYTES = 1 << 16;

  /**
   * Returns the blob of this name, 1 to {@value #MAX_BLOB_BYTES} bytes, or empty if there is none.
   *
   * @throws IllegalArgumentException if the name breaks the store's rule
   * @throws KeySourceException if the store is missing, refuses, fails, or holds something of
   *     another size under this name
   */
  Optional<byte[]> get(String name) throws KeySourceException;

  /**
   * Stores the blob unless one of this name exists; durable when it returns.
   *
   * <p>Of several writers at once exactly one wins, and from then on everybody reads the winner's
   * blob; never a part of one.
   *
   * @param blob 1 to {@value #MAX_BLOB_BYTES} bytes
   * @return whether this blob was stored; {@code false} if one existed, or may have been stored by
   *     an earlier attempt of this same call: read it with {@link #get}
   * @throws IllegalArgumentException if the name or the size breaks the rule
   * @throws KeySourceException if the store is missing, refuses or fails; calling again is safe
   */
  boolean putIfAbsent(String name, byte[] blob) throws KeySourceException;

  /** Where blobs are, for a token in a LUKS2 header; {@link KeySources} reads it back. */
  Map<String, Object> tokenFacts();

  /** Where the blob of this name is, for messages: a path or an {@code s3://} address. */
  String describe(String name);

  /** Frees connections. */
  @Override
  void close();
}
