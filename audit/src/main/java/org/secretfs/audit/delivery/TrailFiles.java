package org.secretfs.audit.delivery;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The files of a trail, to be checked. */
public interface TrailFiles {
  /** The names of all files, sorted. */
  List<String> keys() throws IOException;

  /** The content of a file; empty if there is none. */
  Optional<byte[]> get(String key) throws IOException;

  /** What is known of a file besides its content; empty where that was lost in a copy. */
  Map<String, String> metadata(String key) throws IOException;
}
