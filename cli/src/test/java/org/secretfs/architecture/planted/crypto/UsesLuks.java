package org.secretfs.architecture.planted.crypto;

import org.secretfs.architecture.planted.luks.UsesBlock;

/** Points outwards. */
public interface UsesLuks {
  UsesBlock used();
}
