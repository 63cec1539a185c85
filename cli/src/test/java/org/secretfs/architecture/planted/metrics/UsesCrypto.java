package org.secretfs.architecture.planted.metrics;

import org.secretfs.architecture.planted.crypto.UsesLuks;

/** Points outwards. */
public interface UsesCrypto {
  UsesLuks used();
}
