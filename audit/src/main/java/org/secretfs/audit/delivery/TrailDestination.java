package org.secretfs.audit.delivery;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Where a trail's files are put: one bucket. */
public interface TrailDestination extends AutoCloseable {
  /**
   * Puts an object, which is durable with its metadata when this returns.
   *
   * @return false if there is an object of this key; nothing was changed
   */
  boolean putIfAbsent(String key, byte[] content, Map<String, String> metadata) throws IOException;

  /** The content of an object; empty if there is none. */
  Optional<byte[]> get(String key) throws IOException;

  @Override
  void close();
}
