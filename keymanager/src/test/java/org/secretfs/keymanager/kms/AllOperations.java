package org.secretfs.keymanager.kms;

import java.util.Set;

/** The names of all operations, for tests of other packages. */
public final class AllOperations {
  private AllOperations() {}

  public static Set<String> names() {
    return Operations.names();
  }
}
