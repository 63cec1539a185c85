package org.secretfs.luks;

import java.util.List;
import java.util.SortedMap;

/** What every LUKS2 header says beside {@link LuksHeader}. */
public sealed interface Luks2Header extends LuksHeader permits Luks2Volume, ReencryptingHeader {
  @Override
  default int version() {
    return BinaryHeader.VERSION;
  }

  /** The label; empty if there is none. */
  String label();

  /** The subsystem; empty if there is none. */
  String subsystem();

  /** The header's sequence number: grows with each update. */
  long seqid();

  /** The bytes of one copy of the header. */
  long metadataSizeBytes();

  /** The bytes for keyslot areas, which follow both copies of the header. */
  long keyslotsSizeBytes();

  @Override
  default long headerSizeBytes() {
    return 2 * metadataSizeBytes() + keyslotsSizeBytes();
  }

  /** The tokens by number. */
  SortedMap<Integer, Token> tokens();

  /** How the volume is to be activated, as {@code allow-discards}; binds nobody. */
  List<String> activationFlags();

  /** The JSON area, compact. */
  String jsonMetadata();
}
