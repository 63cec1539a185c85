package org.secretfs.architecture.planted.shapes;

import java.security.Key;

abstract class FrozenKey implements Key {
  private static final long serialVersionUID = 1L;

  byte[] bytes = {};
}
