package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * One rule of the format, as a header that breaks it and nothing else.
 *
 * @param name what is wrong with the header
 * @param forging makes it, and fails where the defect would not be there
 * @param refusal how it is refused
 * @param message a part of what the refusal says
 */
record HeaderRule(
    String name, Forging forging, Class<? extends LuksException> refusal, String message) {
  /** Makes a header with the defect. */
  interface Forging {
    FaultyLuksStorage forge(HeaderForge forge);
  }

  private static HeaderRule corrupt(String name, Forging forging, String message) {
    return new HeaderRule(name, forging, LuksException.CorruptHeader.class, message);
  }

  HeaderRule refusedBy(Class<? extends LuksException> other) {
    return new HeaderRule(name, forging, other, message);
  }

  /** The JSON is changed. */
  static HeaderRule json(String name, Consumer<ObjectNode> defect, String message) {
    return corrupt(name, forge -> forge.withJson(defect), message);
  }

  /** The JSON is changed into something that is right, but that this library does not do. */
  static HeaderRule unsupported(String name, Consumer<ObjectNode> defect, String message) {
    return json(name, defect, message).refusedBy(LuksException.UnsupportedFeature.class);
  }

  /** The JSON is replaced by another text. */
  static HeaderRule text(String name, String text, String message) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return corrupt(name, forge -> forge.withAreaText(bytes), message);
  }

  /** A part of the JSON's text is replaced. */
  static HeaderRule replaced(String name, String part, String replacement, String message) {
    return corrupt(name, forge -> forge.withReplaced(part, replacement), message);
  }

  /** Bytes of the JSON area are changed. */
  static HeaderRule area(String name, Consumer<byte[]> defect, String message) {
    return corrupt(name, forge -> forge.withArea(defect), message);
  }

  /** The binary header is changed. */
  static HeaderRule binary(String name, Consumer<ByteBuffer> defect, String message) {
    return corrupt(name, forge -> forge.withBinary(defect), message);
  }

  /** Each copy is changed as bytes, its checksum left as it is. */
  static HeaderRule image(String name, Consumer<byte[]> defect, String message) {
    return corrupt(name, forge -> forge.withUnsealed(defect), message);
  }

  /** The device ends early. */
  static HeaderRule cut(String name, int sizeBytes, String message) {
    return corrupt(
        name,
        forge -> new FaultyLuksStorage(Arrays.copyOf(forge.storage().content(), sizeBytes)),
        message);
  }

  static ObjectNode keyslot(ObjectNode json) {
    return json.withObject("/keyslots/0");
  }

  static ObjectNode area(ObjectNode json) {
    return json.withObject("/keyslots/0/area");
  }

  static ObjectNode kdf(ObjectNode json) {
    return json.withObject("/keyslots/0/kdf");
  }

  static ObjectNode segment(ObjectNode json) {
    return json.withObject("/segments/0");
  }

  static ObjectNode digest(ObjectNode json) {
    return json.withObject("/digests/0");
  }

  static ObjectNode config(ObjectNode json) {
    return json.withObject("/config");
  }

  static void argon2(ObjectNode json, int time, int memoryKib, int lanes) {
    kdf(json).remove(List.of("hash", "iterations"));
    kdf(json).put("type", "argon2id").put("time", time).put("memory", memoryKib).put("cpus", lanes);
  }
}
