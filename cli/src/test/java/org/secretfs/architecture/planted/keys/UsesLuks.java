package org.secretfs.architecture.planted.keys;

import org.secretfs.architecture.planted.luks.UsesBlock;

/** Points outwards. */
public interface UsesLuks {
  UsesBlock used();
}
