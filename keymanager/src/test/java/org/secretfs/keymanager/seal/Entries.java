package org.secretfs.keymanager.seal;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.secretfs.crypto.memory.SecretBuffer;

/** What people type, for tests. */
public final class Entries {
  private Entries() {}

  /** The caller closes it. */
  public static SecretBuffer of(String text) {
    return SecretBuffer.takeFrom(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What is written on the shares of a new set. */
  public static List<String> texts(SharesSeal seal) {
    List<String> texts = new ArrayList<>();
    for (Share share : seal.shares()) {
      try (SecretBuffer text = share.text()) {
        texts.add(
            new String(text.segment().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII));
      }
    }
    return texts;
  }
}
