package org.secretfs.architecture.planted.proxy;

import org.secretfs.architecture.planted.agent.UsesKeymanager;

/** Points outwards. */
public interface UsesAgent {
  UsesKeymanager used();
}
