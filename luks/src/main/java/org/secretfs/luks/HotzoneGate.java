package org.secretfs.luks;

import java.io.IOException;
import java.util.List;

/**
 * Keeps whoever uses the volume away from the part that is being rewritten. A volume that nobody
 * uses meanwhile needs none.
 */
public interface HotzoneGate {
  /** Lets nobody be kept away. */
  HotzoneGate NONE =
      new HotzoneGate() {
        @Override
        public boolean isInUse() {
          return false;
        }

        @Override
        public void close(long offsetBytes, long lengthBytes) {}

        @Override
        public void open(List<Section> sections) {}

        @Override
        public void fail(Exception cause) {}
      };

  /** Which form of the volume a part has. */
  enum Place {
    /** As before. */
    OLD,
    /** As before, but moved to another place on the device. */
    MOVED,
    /** As it will be. */
    NEW
  }

  /** One part of the volume, by its position as whoever uses the volume sees it. */
  record Section(long offsetBytes, long lengthBytes, Place place) {}

  /**
   * Returns when no request is in flight within a part of the volume, and holds back new ones until
   * {@link #open} or {@link #fail}.
   */
  void close(long offsetBytes, long lengthBytes) throws IOException;

  /** Lets all requests go on; from now on the volume is {@code sections}, in their order. */
  void open(List<Section> sections);

  /** The part that was closed is neither old nor new: requests within it have to fail. */
  void fail(Exception cause);

  /** Whether somebody may use the volume meanwhile: then nothing is read ahead of its turn. */
  default boolean isInUse() {
    return true;
  }
}
