package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One valid copy of the header: binary header, JSON, and what the JSON says. Never changed. */
record HeaderCopy(BinaryHeader binary, ObjectNode json, Metadata metadata) {
  /** Whether both describe the same state of the same volume. */
  boolean sameAs(HeaderCopy other) {
    return binary.seqid() == other.binary.seqid()
        && binary.uuid().equals(other.binary.uuid())
        && binary.label().equals(other.binary.label())
        && binary.subsystem().equals(other.binary.subsystem())
        && json.equals(other.json);
  }
}
