package org.secretfs.architecture.planted.keys;

import java.lang.foreign.Linker;

interface CallsForeign {
  Linker linker();
}
