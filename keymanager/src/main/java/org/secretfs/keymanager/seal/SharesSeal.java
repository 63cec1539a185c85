package org.secretfs.keymanager.seal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * Shares that several people hold, of which some number are needed; fewer tell nothing.
 *
 * <p>The sealed root keeps a hash of each share, so that one that is not genuine is named at once;
 * a share has 256 random bits, which no hash gives away.
 */
public final class SharesSeal implements Seal {
  static final String KIND = "shares";

  /** The most shares of a set. */
  public static final int MOST = 32;

  private static final int LEAST_THRESHOLD = 2;

  private final String set;
  private final int threshold;
  private final List<String> fingerprints;

  /** The shares that were entered, or made, by number. */
  private final SortedMap<Integer, Share> entered = new TreeMap<>();

  private SharesSeal(String set, int threshold, List<String> fingerprints) {
    this.set = set;
    this.threshold = threshold;
    this.fingerprints = fingerprints;
  }

  /**
   * A new set.
   *
   * @param threshold how many are needed, 2 or more
   * @param count how many there are, {@code threshold} to 32
   */
  public static SharesSeal make(int threshold, int count) throws KeyManagerException.Configuration {
    if (threshold < LEAST_THRESHOLD || count < threshold || count > MOST) {
      throw new KeyManagerException.Configuration(
          "%d of %d shares: must be %d or more, of up to %d"
              .formatted(threshold, count, LEAST_THRESHOLD, MOST));
    }
    byte[] setBytes = new byte[Share.SET_BYTES];
    KernelRandom.fill(setBytes, 0, setBytes.length);
    SharesSeal seal =
        new SharesSeal(HexFormat.of().formatHex(setBytes), threshold, new ArrayList<>());
    try (SecretBuffer key = SecretBuffer.random(Share.VALUE_BYTES)) {
      for (SecretBuffer value : Shamir.split(key, threshold, count)) {
        seal.add(value);
      }
    }
    return seal;
  }

  private void add(SecretBuffer value) {
    try (value) {
      Share share = Share.of(set, threshold, fingerprints.size() + 1, value);
      fingerprints.add(share.fingerprint());
      entered.put(share.number(), share);
    }
  }

  static SharesSeal of(Facts facts) throws KeyManagerException.RootKey {
    int count = facts.number("shares", LEAST_THRESHOLD, MOST);
    return new SharesSeal(
        HexFormat.of().formatHex(facts.hex("set", Share.SET_BYTES)),
        facts.number("threshold", LEAST_THRESHOLD, count),
        facts.hashes("fingerprints", count));
  }

  /** The shares of a new set, to be handed out; valid until {@link #forget}. */
  public List<Share> shares() {
    return List.copyOf(entered.values());
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public ObjectNode facts() {
    ObjectNode facts =
        JsonNodeFactory.instance
            .objectNode()
            .put("set", set)
            .put("threshold", threshold)
            .put("shares", fingerprints.size());
    ArrayNode hashes = facts.putArray("fingerprints");
    fingerprints.forEach(hashes::add);
    return facts;
  }

  @Override
  public int missing() {
    return Math.max(0, threshold - entered.size());
  }

  @Override
  public int needed() {
    return threshold;
  }

  @Override
  public boolean isMeant(SecretBuffer entry) {
    return Share.isMeant(entry);
  }

  @Override
  public void offer(SecretBuffer entry) throws KeyManagerException.Unseal {
    Share share = Share.parse(entry);
    boolean kept = false;
    try {
      check(share);
      entered.put(share.number(), share);
      kept = true;
    } finally {
      if (!kept) {
        share.close();
      }
    }
  }

  private void check(Share share) throws KeyManagerException.Unseal {
    if (!share.set().equals(set)) {
      throw new KeyManagerException.Unseal(
          "share %d of set %s: the root key is sealed by set %s"
              .formatted(share.number(), share.set(), set));
    }
    if (share.number() < 1
        || share.number() > fingerprints.size()
        || !fingerprints.get(share.number() - 1).equals(share.fingerprint())) {
      throw new KeyManagerException.Unseal(
          "share %d of set %s: is not genuine".formatted(share.number(), set));
    }
    if (entered.containsKey(share.number())) {
      throw new KeyManagerException.Unseal(
          "share %d of set %s: was entered already".formatted(share.number(), set));
    }
  }

  @Override
  public SecretBuffer key() throws KeyManagerException {
    if (missing() > 0) {
      throw new KeyManagerException.Unseal("shares: %d are missing".formatted(missing()));
    }
    List<Share> used = entered.values().stream().limit(threshold).toList();
    List<Integer> places = used.stream().map(Share::number).toList();
    List<SecretBuffer> values = new ArrayList<>();
    try {
      for (Share share : used) {
        values.add(share.value());
      }
      return Shamir.combine(places, values);
    } finally {
      values.forEach(SecretBuffer::close);
    }
  }

  @Override
  public void forget() {
    entered.values().forEach(Share::close);
    entered.clear();
  }
}
