package org.secretfs.architecture.planted.agent;

import org.secretfs.architecture.planted.keymanager.UsesBlock;

/** Points outwards. */
public interface UsesKeymanager {
  UsesBlock used();
}
