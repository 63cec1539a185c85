package org.secretfs.keymanager.kms;

import java.util.Set;

/** An operation's name, and what its request may have. */
abstract class NamedOperation implements Operation {
  private final String name;
  private final boolean readOnly;
  private final Set<String> members;

  NamedOperation(String name, boolean readOnly, String... members) {
    this.name = name;
    this.readOnly = readOnly;
    this.members = Set.of(members);
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final boolean readOnly() {
    return readOnly;
  }

  @Override
  public final Set<String> members() {
    return members;
  }
}
