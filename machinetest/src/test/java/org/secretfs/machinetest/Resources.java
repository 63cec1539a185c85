package org.secretfs.machinetest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;

/** Files beside these classes. */
final class Resources {
  private Resources() {}

  static byte[] bytes(String name) throws IOException {
    try (InputStream in = Resources.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("no resource " + name + " beside " + Resources.class.getName());
      }
      return in.readAllBytes();
    }
  }

  static String text(String name) throws IOException {
    return new String(bytes(name), UTF_8);
  }
}
