package org.secretfs.architecture.planted.nbd;

import org.secretfs.architecture.planted.attach.UsesKeys;

/** Points outwards. */
public interface UsesAttach {
  UsesKeys used();
}
