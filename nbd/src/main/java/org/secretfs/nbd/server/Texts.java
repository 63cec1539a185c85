package org.secretfs.nbd.server;

import java.nio.charset.StandardCharsets;

/** Text on the wire. */
final class Texts {
  private Texts() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
