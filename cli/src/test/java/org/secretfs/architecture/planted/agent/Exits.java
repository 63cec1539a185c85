package org.secretfs.architecture.planted.agent;

final class Exits {
  void exit() {
    System.exit(1);
  }
}
