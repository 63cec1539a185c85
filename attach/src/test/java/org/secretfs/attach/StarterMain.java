package org.secretfs.attach;

import java.nio.file.Path;
import org.secretfs.crypto.memory.SecretBuffer;

/** A program that attaches a volume and then waits to be killed. */
final class StarterMain {
  private StarterMain() {}

  public static void main(String[] arguments) throws Exception {
    Path runtime = Path.of(arguments[0]);
    try (SecretBuffer key = AttachLab.key()) {
      AttachLab.attachment(runtime)
          .attach(AttachRequest.of(arguments[1], Path.of(arguments[2]), key, AttachLab.SEGMENT));
    }
    System.out.println("attached");
    Thread.sleep(Long.MAX_VALUE);
  }
}
