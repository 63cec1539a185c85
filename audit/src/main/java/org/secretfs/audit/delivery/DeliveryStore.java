package org.secretfs.audit.delivery;

import java.io.IOException;
import java.util.Optional;

/** Keeps how far the delivery of a trail has come. */
public interface DeliveryStore {
  /** What was kept last; empty at first. */
  Optional<byte[]> load() throws IOException;

  /** Keeps it instead of what was there; durable as a whole when this returns. */
  void save(byte[] state) throws IOException;
}
