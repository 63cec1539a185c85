package org.secretfs.luks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a manifest says of a header: a JSON tree whose paths are those of the header.
 *
 * <p>Covered is what decides how data is encrypted and by which key: the UUID, all segments, the
 * digests that prove a segment's key, the one keyslot with its area, derivation and splitter, and
 * the requirements. Not covered is what its owner may change with cryptsetup without changing that:
 * other keyslots, tokens, label, priorities, activation flags, the sequence number.
 */
final class ManifestStatement {
  private final ObjectNode tree;

  private ManifestStatement(ObjectNode tree) {
    this.tree = tree;
  }

  /** Takes a statement as a token has it. */
  static ManifestStatement of(ObjectNode tree) {
    return new ManifestStatement(tree.deepCopy());
  }

  /**
   * Says what the header is.
   *
   * @param json a valid header's JSON with keyslot {@code keyslot}
   */
  static ManifestStatement of(
      ObjectNode json, String uuid, int keyslot, String volume, long epoch) {
    ObjectNode tree = HeaderJson.newObject();
    tree.put("uuid", uuid);
    tree.put("volume", volume);
    tree.put("epoch", Long.toString(epoch));
    tree.set("keyslots", keyslots(json, keyslot));
    tree.set("digests", digests(json, Integer.toString(keyslot)));
    tree.set("segments", json.withObject("/segments").deepCopy());
    tree.set("requirements", requirements(json));
    return new ManifestStatement(tree);
  }

  private static ObjectNode keyslots(ObjectNode json, int keyslot) {
    ObjectNode covered = json.withObject("/keyslots/" + keyslot).deepCopy();
    covered.remove("priority");
    ObjectNode keyslots = HeaderJson.newObject();
    keyslots.set(Integer.toString(keyslot), covered);
    return keyslots;
  }

  /** The digests of segments, and that of the keyslot; of keyslots, only whether it names this. */
  private static ObjectNode digests(ObjectNode json, String keyslot) {
    ObjectNode digests = HeaderJson.newObject();
    for (Map.Entry<String, JsonNode> entry : json.withObject("/digests").properties()) {
      ObjectNode digest = entry.getValue().deepCopy();
      boolean binds = contains(digest.get("keyslots"), keyslot);
      if (binds || !digest.path("segments").isEmpty()) {
        ArrayNode own = digest.putArray("keyslots");
        if (binds) {
          own.add(keyslot);
        }
        digests.set(entry.getKey(), digest);
      }
    }
    return digests;
  }

  private static boolean contains(JsonNode texts, String text) {
    for (JsonNode element : texts) {
      if (element.textValue().equals(text)) {
        return true;
      }
    }
    return false;
  }

  private static JsonNode requirements(ObjectNode json) {
    JsonNode mandatory = json.path("config").path("requirements").path("mandatory");
    Set<String> sorted = new TreeSet<>();
    mandatory.forEach(flag -> sorted.add(flag.textValue()));
    ArrayNode array = HeaderJson.newArray();
    sorted.forEach(array::add);
    return array;
  }

  ObjectNode tree() {
    return tree.deepCopy();
  }

  /** The bytes that the code covers: equal for equal statements, whatever the order of names. */
  byte[] canonical() {
    return HeaderJson.canonical(tree);
  }

  /** Where {@code actual} first differs from this statement, and how. */
  Optional<String> firstDifference(ManifestStatement actual) {
    return difference("", tree, actual.tree);
  }

  private static Optional<String> difference(String path, JsonNode stated, JsonNode actual) {
    if (stated instanceof ObjectNode statedObject && actual instanceof ObjectNode actualObject) {
      Set<String> names = new TreeSet<>();
      statedObject.fieldNames().forEachRemaining(names::add);
      actualObject.fieldNames().forEachRemaining(names::add);
      for (String name : names) {
        String at = path.isEmpty() ? name : path + "." + name;
        Optional<String> found = difference(at, stated.path(name), actual.path(name));
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    }
    return HeaderJson.text(stated).equals(HeaderJson.text(actual))
        ? Optional.empty()
        : Optional.of("%s is %s, was %s".formatted(path, shown(actual), shown(stated)));
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "missing" : Fields.shorten(HeaderJson.text(node));
  }
}
