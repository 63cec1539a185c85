package org.secretfs.attach;

import java.io.FileDescriptor;
import java.io.FileInputStream;

/** The program that the tests start as a volume server; its argument is how it misbehaves. */
final class VolumeServerMain {
  private VolumeServerMain() {}

  public static void main(String[] arguments) {
    VolumeOpener opener =
        switch (arguments.length == 0 ? "" : arguments[0]) {
          case "die-opening" -> VolumeServerMain::die;
          default -> VolumeForms::open;
        };
    var input = new FileInputStream(FileDescriptor.in).getChannel();
    System.exit(VolumeServer.run(input, System.out, opener));
  }

  private static ServedForms die(
      ServerParameters parameters, org.secretfs.crypto.memory.SecretBuffer key) {
    System.err.println("about to die");
    Runtime.getRuntime().halt(9);
    throw new AssertionError("halted");
  }
}
