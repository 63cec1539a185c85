package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes headers with one defect and checksums that fit, in both copies, so that the rule that
 * refuses it is the one meant. Checks that the defect is there.
 */
final class HeaderForge {
  private final byte[] image;

  private static byte @Nullable [] cachedImage;

  HeaderForge() throws IOException, LuksException {
    this.image = image();
  }

  /** Forges from a volume of the caller's, with header copies of 16 KiB. */
  HeaderForge(byte[] image) {
    this.image = image;
  }

  private static synchronized byte[] image() throws IOException, LuksException {
    byte[] made = cachedImage;
    if (made == null) {
      made = TestVolumes.formatted().content();
      cachedImage = made;
    }
    return made;
  }

  FaultyLuksStorage storage() {
    return new FaultyLuksStorage(image);
  }

  /** Changes the JSON of both copies. */
  FaultyLuksStorage withJson(Consumer<ObjectNode> defect) {
    byte[] before = areaText(0);
    ObjectNode json = parse(before);
    defect.accept(json);
    byte[] after = HeaderJson.write(json);
    if (Arrays.equals(before, after)) {
      throw new IllegalStateException("the defect changed nothing");
    }
    return withAreaText(after);
  }

  /** Replaces a part of the JSON text of both copies. */
  FaultyLuksStorage withReplaced(String part, String replacement) {
    String text = new String(areaText(0), StandardCharsets.UTF_8);
    if (!text.contains(part)) {
      throw new IllegalStateException("there is no " + part);
    }
    return withAreaText(text.replace(part, replacement).getBytes(StandardCharsets.UTF_8));
  }

  /** Sets the JSON area of both copies to a text and zeroes. */
  FaultyLuksStorage withAreaText(byte[] text) {
    return withArea(area -> {
      Arrays.fill(area, (byte) 0);
      System.arraycopy(text, 0, area, 0, text.length);
    });
  }

  /** Changes the JSON areas of both copies as bytes. */
  FaultyLuksStorage withArea(Consumer<byte[]> defect) {
    byte[] forged = image.clone();
    byte[] meant = new byte[0];
    for (int offset : new int[] {0, headerBytes()}) {
      byte[] area = area(offset);
      defect.accept(area);
      meant = area;
      System.arraycopy(area, 0, forged, offset + BinaryHeader.SIZE_BYTES, area.length);
      seal(forged, offset);
    }
    requireSealed(forged, meant);
    return new FaultyLuksStorage(forged);
  }

  /** Changes the binary headers of both copies; the size may be changed, too. */
  FaultyLuksStorage withBinary(Consumer<ByteBuffer> defect) {
    byte[] forged = image.clone();
    for (int offset : new int[] {0, headerBytes()}) {
      ByteBuffer binary = ByteBuffer.wrap(forged, offset, BinaryHeader.SIZE_BYTES).slice();
      defect.accept(binary);
      seal(forged, offset);
    }
    requireChanged(forged);
    return new FaultyLuksStorage(forged);
  }

  /** Changes the bytes of both copies without making the checksums fit. */
  FaultyLuksStorage withUnsealed(Consumer<byte[]> defect) {
    byte[] forged = image.clone();
    for (int offset : new int[] {0, headerBytes()}) {
      byte[] copy = Arrays.copyOfRange(forged, offset, offset + headerBytes());
      defect.accept(copy);
      System.arraycopy(copy, 0, forged, offset, copy.length);
    }
    requireChanged(forged);
    return new FaultyLuksStorage(forged);
  }

  private void requireChanged(byte[] forged) {
    if (Arrays.equals(forged, image)) {
      throw new IllegalStateException("the defect changed nothing");
    }
  }

  /** Reads both copies back: their checksums fit, and their JSON areas are what was meant. */
  private void requireSealed(byte[] forged, byte[] area) {
    FaultyLuksStorage storage = new FaultyLuksStorage(forged);
    try {
      for (BinaryHeader.Copy copy : BinaryHeader.Copy.values()) {
        long offset = copy == BinaryHeader.Copy.PRIMARY ? 0 : headerBytes();
        if (!Arrays.equals(RawCopy.read(storage, copy, offset).jsonArea(), area)) {
          throw new IllegalStateException("the defect did not reach the " + copy);
        }
      }
    } catch (IOException | LuksException e) {
      throw new IllegalStateException("the forged header is not sealed", e);
    }
  }

  /** Makes the checksum of one copy fit if its algorithm is known. */
  static void seal(byte[] image, int offset) {
    BinaryHeader header =
        BinaryHeader.unchecked(Arrays.copyOfRange(image, offset, offset + BinaryHeader.SIZE_BYTES));
    if (header.checksumHash().isEmpty() || !HeaderOffsets.isHeaderSize(header.sizeBytes())) {
      return;
    }
    int areaAt = offset + BinaryHeader.SIZE_BYTES;
    byte[] area = Arrays.copyOfRange(image, areaAt, areaAt + header.jsonAreaBytes());
    byte[] sealed = header.withChecksum(area).toBytes();
    System.arraycopy(sealed, 0, image, offset, sealed.length);
  }

  int headerBytes() {
    return 16 << 10;
  }

  private byte[] area(int offset) {
    return Arrays.copyOfRange(image, offset + BinaryHeader.SIZE_BYTES, offset + headerBytes());
  }

  private byte[] areaText(int offset) {
    byte[] area = area(offset);
    int end = 0;
    while (area[end] != 0) {
      end++;
    }
    return Arrays.copyOf(area, end);
  }

  private static ObjectNode parse(byte[] text) {
    try {
      return HeaderJson.parse(text, text.length);
    } catch (HeaderJson.MalformedJsonException e) {
      throw new IllegalStateException(e);
    }
  }
}
