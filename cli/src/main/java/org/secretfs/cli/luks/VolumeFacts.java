package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.SortedMap;
import org.secretfs.cli.output.Output;
import org.secretfs.luks.CryptSegment;
import org.secretfs.luks.DigestInfo;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.KeyslotInfo;
import org.secretfs.luks.Luks1Volume;
import org.secretfs.luks.Luks2Header;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.ReencryptingHeader;
import org.secretfs.luks.Token;

/** What a header says, as a JSON document. */
final class VolumeFacts {
  private VolumeFacts() {}

  static ObjectNode of(Path device, LuksHeader header) {
    ObjectNode facts = Output.object();
    facts.put("device", device.toString()).put("type", "luks" + header.version());
    facts.put("uuid", header.uuid().toString());
    switch (header) {
      case Luks1Volume one -> putLuks1(facts, one);
      case Luks2Header two -> putNames(facts, two);
    }
    switch (header) {
      case LuksVolume volume -> putData(facts, volume);
      case ReencryptingHeader reencrypting -> ReencryptionFacts.put(facts, reencrypting);
    }
    ArrayNode keyslots = facts.putArray("keyslots");
    header.keyslots().values().forEach(slot -> keyslots.add(keyslot(slot, header.digests())));
    putDigests(facts.putArray("digests"), header.digests());
    if (header instanceof Luks2Header two) {
      putTokens(facts.putArray("tokens"), two.tokens());
    }
    facts.put("damaged_header_copy", header.repairReason().orElse(null));
    return facts;
  }

  private static void putLuks1(ObjectNode facts, Luks1Volume volume) {
    facts.put("hash", volume.hash()).put("digest_iterations", volume.digestIterations());
    facts.put("key_size", volume.keySizeBytes() * Byte.SIZE);
  }

  private static void putDigests(ArrayNode list, SortedMap<Integer, DigestInfo> digests) {
    for (DigestInfo digest : digests.values()) {
      ObjectNode one = list.addObject().put("number", digest.number()).put("type", "pbkdf2");
      one.put("hash", digest.hash()).put("iterations", digest.iterations());
      one.put("salt", digest.salt()).put("digest", digest.value());
      putNumbers(one.putArray("keyslots"), digest.keyslots());
      putNumbers(one.putArray("segments"), digest.segments());
    }
  }

  static void putNumbers(ArrayNode list, Collection<Integer> numbers) {
    numbers.forEach(list::add);
  }

  /** The one segment and its key. */
  private static void putData(ObjectNode facts, LuksVolume volume) {
    putSegment(facts, volume.segment());
    volume.keyslots().values().stream()
        .filter(KeyslotInfo::boundToSegment)
        .findFirst()
        .ifPresent(slot -> facts.put("key_size", slot.keySizeBytes() * Byte.SIZE));
  }

  private static void putNames(ObjectNode facts, Luks2Header volume) {
    facts.put("label", volume.label()).put("subsystem", volume.subsystem());
    facts.put("epoch", volume.seqid());
    facts.put("metadata_size", volume.metadataSizeBytes());
    facts.put("keyslots_size", volume.keyslotsSizeBytes());
    volume.activationFlags().forEach(facts.putArray("flags")::add);
  }

  static void putTokens(ArrayNode list, SortedMap<Integer, Token> tokens) {
    tokens.forEach((number, token) -> {
      ObjectNode one = list.addObject().put("number", number).put("type", token.type());
      token.keyDescription().ifPresent(text -> one.put("key_description", text));
      putNumbers(one.putArray("keyslots"), token.keyslots());
    });
  }

  private static void putSegment(ObjectNode facts, CryptSegment segment) {
    facts.put("cipher", segment.cipher());
    facts.put("sector_size", segment.sectorSize());
    facts.put("offset", segment.offsetBytes());
    if (segment.sizeBytes().isPresent()) {
      facts.put("size", segment.sizeBytes().getAsLong());
    }
  }

  private static ObjectNode keyslot(KeyslotInfo slot, SortedMap<Integer, DigestInfo> digests) {
    ObjectNode facts = keyslot(slot);
    KeyslotInfo.Wrapping wrapping = slot.wrapping();
    facts.put("cipher", wrapping.cipher());
    facts.put("cipher_key_size", wrapping.cipherKeyBytes() * Byte.SIZE);
    facts.put("salt", wrapping.salt());
    facts.put("af_stripes", wrapping.stripes()).put("af_hash", wrapping.splitterHash());
    digests.values().stream()
        .filter(digest -> digest.keyslots().contains(slot.number()))
        .findFirst()
        .ifPresent(digest -> facts.put("digest", digest.number()));
    return facts;
  }

  static ObjectNode keyslot(KeyslotInfo slot) {
    ObjectNode facts = Output.object();
    facts.put("number", slot.number());
    facts.put("priority", slot.priority().name().toLowerCase(Locale.ROOT));
    facts.put("key_size", slot.keySizeBytes() * Byte.SIZE);
    facts.put("bound", slot.boundToSegment());
    facts.put("area_offset", slot.areaOffsetBytes());
    facts.put("area_size", slot.areaSizeBytes());
    switch (slot.kdf()) {
      case KdfParameters.Pbkdf2(String hash, int iterations) ->
          facts.put("pbkdf", "pbkdf2").put("hash", hash).put("iterations", iterations);
      case KdfParameters.Argon2id(int time, int memoryKib, int lanes) ->
          putArgon2(facts.put("pbkdf", "argon2id"), time, memoryKib, lanes);
      case KdfParameters.Argon2i(int time, int memoryKib, int lanes) ->
          putArgon2(facts.put("pbkdf", "argon2i"), time, memoryKib, lanes);
    }
    return facts;
  }

  private static void putArgon2(ObjectNode facts, int time, int memoryKib, int lanes) {
    facts.put("time_cost", time).put("memory", memoryKib).put("threads", lanes);
  }
}
