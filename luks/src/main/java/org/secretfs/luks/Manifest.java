package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.Set;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The token of type {@code secretfs-manifest}: says what the header was when its owner last vouched
 * for it, under a code that only whoever has the keyslot's secret can make.
 *
 * <p>A LUKS2 header is not authenticated. Whoever can write the disk of a stopped machine can
 * replace the cipher by none, or the whole header by one with a key of theirs, and let the machine
 * write its data so. The key of the code comes from the secret and from nothing that the header
 * says about its keyslots, so it is checked before any of that is used.
 *
 * <p>Programs that do not know the token leave it alone; {@code cryptsetup} opens the volume as any
 * other. The format is described in {@code docs/format/manifest.md}.
 */
final class Manifest {
  static final String TYPE = "secretfs-manifest";
  static final int VERSION = 1;

  private final int keyslot;
  private final ManifestCode code;
  private final ManifestStatement statement;
  private final String volume;
  private final long epoch;

  private Manifest(ObjectNode json) throws LuksException {
    Fields fields = new Fields("manifest", json, LuksException.ManifestBroken::new);
    fields.textOf("type", TYPE);
    fields.number("version", VERSION, VERSION);
    this.code = ManifestCode.read(fields);
    Fields stated = fields.object("statement");
    Set<Integer> keyslots = fields.numbers("keyslots");
    Set<Integer> statedKeyslots = stated.numbered("keyslots", Metadata.MAX_NUMBER).keySet();
    if (keyslots.size() != 1 || !keyslots.equals(statedKeyslots)) {
      throw fields.broken("keyslots", "must name the one keyslot that the statement covers");
    }
    this.keyslot = keyslots.iterator().next();
    this.volume = stated.text("volume");
    this.epoch = stated.decimal("epoch");
    this.statement = ManifestStatement.of(stated.node());
  }

  static boolean isOne(Token token) {
    return token.type().equals(TYPE);
  }

  /**
   * Reads a token of this type.
   *
   * @throws LuksException.ManifestBroken if it breaks a rule
   */
  static Manifest read(Token token) throws LuksException {
    return new Manifest(token.json());
  }

  /**
   * Vouches for a header as it is.
   *
   * @param json the header's JSON, valid
   * @param secret what opens {@code keyslot}; stays the caller's
   */
  static Token make(
      ObjectNode json, String uuid, int keyslot, SecretBuffer secret, ManifestOptions options)
      throws LuksException {
    ManifestStatement statement =
        ManifestStatement.of(json, uuid, keyslot, options.volume(), options.epoch());
    ObjectNode token = HeaderJson.newObject();
    token.put("type", TYPE);
    token.putArray("keyslots").add(Integer.toString(keyslot));
    token.put("version", VERSION);
    ManifestCode.of(options.derivation(), secret, statement).write(token);
    token.set("statement", statement.tree());
    return Token.of(token);
  }

  int keyslot() {
    return keyslot;
  }

  String volume() {
    return volume;
  }

  long epoch() {
    return epoch;
  }

  /** What another manifest for the same volume is made with. */
  ManifestOptions options() {
    return new ManifestOptions(volume, epoch, code.derivation());
  }

  /** Whether somebody who has {@code secret} made it. */
  boolean isMadeWith(SecretBuffer secret) throws LuksException {
    return code.fits(secret, statement);
  }

  /**
   * Compares with a header.
   *
   * @throws LuksException.HeaderNotVouchedFor if a covered field differs
   */
  void requireSame(HeaderCopy header) throws LuksException {
    if (!header.metadata().keyslots().containsKey(keyslot)) {
      throw new LuksException.HeaderNotVouchedFor("keyslots.%d is missing".formatted(keyslot));
    }
    ManifestStatement actual =
        ManifestStatement.of(
            header.json(), header.binary().uuid().toString(), keyslot, volume, epoch);
    Optional<String> difference = statement.firstDifference(actual);
    if (difference.isPresent()) {
      throw new LuksException.HeaderNotVouchedFor(difference.get());
    }
  }
}
