package org.secretfs.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.secretfs.attach.AttachException;
import org.secretfs.attach.AttachRequest;
import org.secretfs.attach.FuseAttachment;
import org.secretfs.attach.SystemCommandRunner;
import org.secretfs.crypto.XtsKey;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.CryptSegment;

/**
 * Attaches an image through FUSE under a random volume key, or detaches it: {@code attach RUNTIME
 * IMAGE SECTOR_SIZE -- SERVER...} prints the device, {@code detach RUNTIME}.
 */
public final class FuseVolume {
  private static final String NAME = "benchmark";
  private static final int SERVER_COMMAND = 5;

  private FuseVolume() {}

  public static void main(String[] args) throws AttachException {
    Path runtime = Path.of(args[1]);
    List<String> server = Arrays.stream(args).skip(SERVER_COMMAND).toList();
    FuseAttachment attachment = new FuseAttachment(new SystemCommandRunner(), runtime, server);
    if (args[0].equals("detach")) {
      attachment.detach(NAME);
      return;
    }
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES)) {
      CryptSegment segment = segment(Integer.parseInt(args[3]));
      AttachRequest request = AttachRequest.of(NAME, Path.of(args[2]), key, segment);
      System.out.println(attachment.attach(request).device());
    }
  }

  /** Behind the room of a LUKS2 header. */
  static CryptSegment segment(int sectorSize) {
    return new CryptSegment(
        16 << 20, OptionalLong.empty(), CryptSegment.AES_XTS_PLAIN64, sectorSize, 0);
  }
}
