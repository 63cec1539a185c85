package org.secretfs.bench;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import org.secretfs.attach.VolumeServer;

/** A volume's server process, as the product starts it. */
public final class ServeVolume {
  private ServeVolume() {}

  public static void main(String[] args) throws IOException {
    try (FileInputStream input = new FileInputStream(FileDescriptor.in)) {
      System.exit(VolumeServer.run(input.getChannel(), System.out));
    }
  }
}
