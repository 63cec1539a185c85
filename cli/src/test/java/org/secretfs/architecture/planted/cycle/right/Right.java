package org.secretfs.architecture.planted.cycle.right;

import org.secretfs.architecture.planted.cycle.left.Left;

/** Half of a cycle. */
public interface Right {
  Left left();
}
