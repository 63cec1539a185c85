package org.secretfs.keymanager.seal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.secretfs.crypto.Aead;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * A root key as it is kept: sealed by one seal or more, each of which opens it. The form is in
 * docs/format/sealed-root.md.
 */
public final class SealedRoot {
  /** The most bytes of one. */
  public static final int MOST_BYTES = 64 << 10;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FORMAT = "secretfs sealed root";
  private static final int VERSION = 1;
  private static final int MOST_SEALS = 8;

  private final String rootId;
  private final List<Entry> entries;

  private SealedRoot(String rootId, List<Entry> entries) {
    this.rootId = rootId;
    this.entries = List.copyOf(entries);
  }

  /**
   * One seal's copy.
   *
   * @param kind the seal
   * @param recovery whether it is kept for when the other is gone
   * @param facts what the seal needs to find its key
   * @param sealed the root key under the seal's key, in base64
   */
  record Entry(String kind, boolean recovery, ObjectNode facts, String sealed) {}

  /** The id of the root key within. */
  public String rootId() {
    return rootId;
  }

  List<Entry> entries() {
    return entries;
  }

  /** The kinds of the seals, the one in daily use first. */
  public List<String> kinds() {
    return entries.stream().map(Entry::kind).toList();
  }

  /** Seals a root key by {@code daily}, which must have its key. */
  public static SealedRoot of(RootKey root, Seal daily) throws KeyManagerException {
    return new SealedRoot(root.id(), List.of(seal(root, daily, false)));
  }

  /** The same root key with one more seal, for when the first is gone. */
  public SealedRoot withRecovery(RootKey root, Seal recovery) throws KeyManagerException {
    List<Entry> all = new ArrayList<>(entries);
    all.add(seal(root, recovery, true));
    return new SealedRoot(rootId, all);
  }

  private static Entry seal(RootKey root, Seal seal, boolean recovery) throws KeyManagerException {
    ObjectNode facts = seal.facts();
    try (SecretBuffer key = seal.key()) {
      byte[] place = place(root.id(), seal.kind(), recovery, facts);
      byte[] sealed = Aead.sealSecret(key, place, root.secret());
      return new Entry(seal.kind(), recovery, facts, Base64.getEncoder().encodeToString(sealed));
    }
  }

  /** What each copy is bound to: lines, of which only the last could hold anything. */
  private static byte[] place(String rootId, String kind, boolean recovery, ObjectNode facts) {
    return "%s\n%d\n%s\n%s\n%s\n%s"
        .formatted(FORMAT, VERSION, rootId, kind, recovery, facts)
        .getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Opens a copy with its seal's key.
   *
   * @return the caller closes it
   * @throws KeyManagerException.Unseal if the key is another, or the copy was changed
   */
  RootKey open(Entry entry, SecretBuffer key) throws KeyManagerException {
    byte[] sealed =
        new Facts(entry.kind, JSON.createObjectNode().put("sealed", entry.sealed)).base64("sealed");
    try {
      byte[] place = place(rootId, entry.kind, entry.recovery, entry.facts);
      RootKey root = RootKey.takeOver(Aead.openSecret(key, place, sealed));
      if (!root.id().equals(rootId)) {
        root.close();
        throw new KeyManagerException.RootKey("sealed root: holds another key than it says");
      }
      return root;
    } catch (CryptoException.Tampered | IllegalArgumentException e) {
      throw new KeyManagerException.Unseal("%s: does not open the root key".formatted(entry.kind));
    }
  }

  /** The seal of a copy, without what people enter. */
  static Seal seal(Entry entry, ParentKms.Factory kms) throws KeyManagerException {
    Facts facts = new Facts(entry.kind, entry.facts);
    return switch (entry.kind) {
      case PassphraseSeal.KIND -> PassphraseSeal.of(facts);
      case SharesSeal.KIND -> SharesSeal.of(facts);
      case Pkcs11Seal.KIND -> Pkcs11Seal.of(facts);
      case KmsSeal.KIND -> KmsSeal.of(facts, kms);
      default ->
          throw new KeyManagerException.RootKey(
              "sealed root: seal \"%s\" is not known to this program".formatted(entry.kind));
    };
  }

  /** As it is kept. */
  public byte[] toBytes() {
    ObjectNode document = JSON.createObjectNode();
    document.put("format", FORMAT).put("version", VERSION).put("root", rootId);
    ArrayNode seals = document.putArray("seals");
    for (Entry entry : entries) {
      seals
          .addObject()
          .put("kind", entry.kind)
          .put("recovery", entry.recovery)
          .put("sealed", entry.sealed)
          .set("facts", entry.facts);
    }
    return (document.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Whether bytes are meant as a sealed root, right or not. */
  public static boolean isMeant(byte[] bytes) {
    return bytes.length > 0 && bytes[0] == '{';
  }

  /** Reads what {@link #toBytes} wrote. */
  public static SealedRoot parse(byte[] bytes) throws KeyManagerException.RootKey {
    try {
      JsonNode document = JSON.readTree(bytes);
      Facts facts = new Facts("(all)", document);
      if (!facts.text("format").equals(FORMAT) || document.path("version").asInt() != VERSION) {
        throw new KeyManagerException.RootKey(
            "sealed root: must be '%s' of version %d".formatted(FORMAT, VERSION));
      }
      String rootId = HexFormat.of().formatHex(facts.hex("root", 16));
      List<Entry> entries = new ArrayList<>();
      for (JsonNode seal : document.path("seals")) {
        entries.add(entry(seal));
      }
      if (entries.isEmpty() || entries.size() > MOST_SEALS) {
        throw new KeyManagerException.RootKey(
            "sealed root: must have 1 to %d seals".formatted(MOST_SEALS));
      }
      return new SealedRoot(rootId, entries);
    } catch (IOException e) {
      throw new KeyManagerException.RootKey("sealed root: is not JSON");
    }
  }

  private static Entry entry(JsonNode seal) throws KeyManagerException.RootKey {
    Facts facts = new Facts("(all)", seal);
    if (!(seal.path("facts") instanceof ObjectNode own) || !seal.path("recovery").isBoolean()) {
      throw facts.wrong("facts", "must be an object, and 'recovery' true or false");
    }
    return new Entry(
        facts.text("kind"), seal.path("recovery").booleanValue(), own, facts.text("sealed"));
  }
}
