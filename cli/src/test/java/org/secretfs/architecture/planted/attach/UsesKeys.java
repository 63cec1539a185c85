package org.secretfs.architecture.planted.attach;

import org.secretfs.architecture.planted.keys.UsesLuks;

/** Points outwards. */
public interface UsesKeys {
  UsesLuks used();
}
