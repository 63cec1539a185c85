package org.secretfs.architecture.planted.agent;

final class Prints {
  void print() {
    System.out.println("done");
  }
}
