package org.secretfs.architecture.planted.block;

import org.secretfs.architecture.planted.attach.UsesKeys;

/** Points outwards. */
public interface UsesAttach {
  UsesKeys used();
}
