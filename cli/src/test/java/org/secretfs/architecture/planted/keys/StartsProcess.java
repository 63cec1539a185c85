package org.secretfs.architecture.planted.keys;

final class StartsProcess {
  ProcessBuilder builder() {
    return new ProcessBuilder("true");
  }
}
