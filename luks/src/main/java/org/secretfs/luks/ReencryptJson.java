package org.secretfs.luks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.secretfs.luks.ReencryptMetadata.Part;
import org.secretfs.luks.ReencryptMetadata.Side;
import org.secretfs.luks.VolumeSegment.Flag;

/** Writes a re-encryption's state into the header's JSON, and takes it out again at the end. */
final class ReencryptJson {
  private final ObjectNode json;
  private int next;

  private ReencryptJson(ObjectNode json) {
    this.json = json;
  }

  /** Replaces the segments and what the digests say of them. */
  static void putSegments(ObjectNode json, ReencryptMetadata metadata) {
    new ReencryptJson(json).put(metadata);
  }

  private void put(ReencryptMetadata metadata) {
    clear();
    for (Part part : metadata.parts()) {
      int number = add(part.segment());
      if (part.segment().isEncrypted()) {
        bind(number, metadata, part.side());
      }
    }
    addBackup(metadata.previous().with(Flag.BACKUP_PREVIOUS), metadata.oldDigest());
    addBackup(metadata.target().with(Flag.BACKUP_FINAL), metadata.newDigest());
    if (metadata.moved().isPresent()) {
      addBackup(metadata.moved().get().with(Flag.BACKUP_MOVED), metadata.oldDigest());
    }
  }

  private void clear() {
    json.putObject("segments");
    for (JsonNode digest : json.withObject("/digests")) {
      ((ObjectNode) digest).putArray("segments");
    }
  }

  private int add(VolumeSegment segment) {
    int number = next++;
    json.withObject("/segments").set(Integer.toString(number), segment.json());
    return number;
  }

  private void addBackup(VolumeSegment segment, int digest) {
    int number = add(segment);
    if (segment.isEncrypted()) {
      bind(number, digest);
    }
  }

  /** A part that is being rewritten needs both keys, where there are two. */
  private void bind(int number, ReencryptMetadata metadata, Side side) {
    if (side != Side.OLD && metadata.newDigest() >= 0) {
      bind(number, metadata.newDigest());
    }
    boolean alsoOld = side == Side.OLD || (side == Side.HOT && metadata.newDigest() >= 0);
    if (alsoOld
        && metadata.oldDigest() >= 0
        && (side == Side.OLD || metadata.oldDigest() != metadata.newDigest())) {
      bind(number, metadata.oldDigest());
    }
  }

  private void bind(int segment, int digest) {
    json.withArray("/digests/%d/segments".formatted(digest)).add(Integer.toString(segment));
  }

  /** Adds the keyslot, the proof and the requirement. */
  static void putKeyslot(ObjectNode json, ReencryptMetadata metadata, ObjectNode proof) {
    json.withObject("/keyslots")
        .set(Integer.toString(metadata.keyslotNumber()), metadata.keyslot().json());
    json.withObject("/digests").set(Integer.toString(metadata.proofDigest()), proof);
    json.withObject("/config/requirements")
        .putArray("mandatory")
        .add(RequirementsReader.reencryptFlag(metadata.version()));
  }

  /**
   * Takes out everything of the re-encryption: one segment is left, and the keyslots and tokens of
   * its key.
   *
   * @return the numbers of the keyslots that were taken out because they hold the old key
   */
  static Set<Integer> finish(ObjectNode json, Metadata all, ReencryptMetadata metadata) {
    ReencryptJson writer = new ReencryptJson(json);
    writer.clear();
    int number = writer.add(metadata.target().part(0, java.util.OptionalLong.empty()));
    Set<Integer> gone = new TreeSet<>();
    if (metadata.newDigest() >= 0) {
      writer.bind(number, metadata.newDigest());
    }
    if (metadata.oldDigest() >= 0 && metadata.oldDigest() != metadata.newDigest()) {
      Digest old = java.util.Objects.requireNonNull(all.digests().get(metadata.oldDigest()));
      gone.addAll(old.keyslots());
      json.withObject("/digests").remove(Integer.toString(metadata.oldDigest()));
    }
    json.withObject("/digests").remove(Integer.toString(metadata.proofDigest()));
    json.withObject("/keyslots").remove(Integer.toString(metadata.keyslotNumber()));
    json.withObject("/config").remove("requirements");
    for (int keyslot : gone) {
      json.withObject("/keyslots").remove(Integer.toString(keyslot));
      writer.removeFromTokens(keyslot);
    }
    return gone;
  }

  private void removeFromTokens(int keyslot) {
    for (Map.Entry<String, JsonNode> token : json.withObject("/tokens").properties()) {
      ArrayNode keyslots = (ArrayNode) token.getValue().get("keyslots");
      List<String> left =
          keyslots
              .valueStream()
              .map(JsonNode::textValue)
              .filter(text -> !text.equals(Integer.toString(keyslot)))
              .toList();
      keyslots.removeAll();
      left.forEach(keyslots::add);
    }
  }
}
