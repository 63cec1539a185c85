package org.secretfs.architecture.planted.keymanager;

import org.secretfs.architecture.planted.block.UsesAttach;

/** Points outwards. */
public interface UsesBlock {
  UsesAttach used();
}
