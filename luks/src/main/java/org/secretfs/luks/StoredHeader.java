package org.secretfs.luks;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;

/** What is told of every LUKS2 header, from the state that was read last. */
abstract class StoredHeader {
  private final Luks2State state;

  StoredHeader(Luks2State state) {
    this.state = state;
  }

  /** Used under the monitor of this object only. */
  final Luks2State state() {
    return state;
  }

  final synchronized BinaryHeader binary() {
    return state.binary();
  }

  final synchronized Metadata metadata() {
    return state.metadata();
  }

  /** As {@link LuksHeader#uuid}. */
  public final UUID uuid() {
    return binary().uuid();
  }

  /** As {@link Luks2Header#label}. */
  public final String label() {
    return binary().label();
  }

  /** As {@link Luks2Header#subsystem}. */
  public final String subsystem() {
    return binary().subsystem();
  }

  /** As {@link Luks2Header#seqid}. */
  public final long seqid() {
    return binary().seqid();
  }

  /** As {@link Luks2Header#metadataSizeBytes}. */
  public final long metadataSizeBytes() {
    return binary().sizeBytes();
  }

  /** As {@link Luks2Header#keyslotsSizeBytes}. */
  public final long keyslotsSizeBytes() {
    return metadata().keyslotsSizeBytes();
  }

  /** As {@link Luks2Header#tokens}. */
  public final SortedMap<Integer, Token> tokens() {
    return Collections.unmodifiableSortedMap(metadata().tokens());
  }

  /** As {@link LuksHeader#keyslots}. */
  public final SortedMap<Integer, KeyslotInfo> keyslots() {
    return metadata().keyslotInfos();
  }

  /** As {@link LuksHeader#digests}. */
  public final SortedMap<Integer, DigestInfo> digests() {
    return metadata().digestInfos();
  }

  /** As {@link Luks2Header#activationFlags}. */
  public final synchronized List<String> activationFlags() {
    List<String> flags = new ArrayList<>();
    for (JsonNode flag : state.header().json().at("/config/flags")) {
      flags.add(flag.textValue());
    }
    return flags;
  }

  /** As {@link Luks2Header#jsonMetadata}. */
  public final synchronized String jsonMetadata() {
    return HeaderJson.text(state.header().json());
  }

  /** As {@link LuksHeader#repairReason}. */
  public final synchronized Optional<String> repairReason() {
    return state.repairReason();
  }
}
