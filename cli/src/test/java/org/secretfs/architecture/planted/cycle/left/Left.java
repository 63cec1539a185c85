package org.secretfs.architecture.planted.cycle.left;

import org.secretfs.architecture.planted.cycle.right.Right;

/** Half of a cycle. */
public interface Left {
  Right right();
}
