package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** One header for every rule, with that one defect and checksums that fit. */
class HeaderValidationTest {
  private static void refusesJson(Consumer<ObjectNode> defect, String message) throws Exception {
    refuses(new HeaderForge().withJson(defect), LuksException.CorruptHeader.class, message);
  }

  private static void unsupportedJson(Consumer<ObjectNode> defect, String message)
      throws Exception {
    refuses(new HeaderForge().withJson(defect), LuksException.UnsupportedFeature.class, message);
  }

  private static void refuses(
      FaultyLuksStorage storage, Class<? extends LuksException> type, String message) {
    assertThatThrownBy(() -> Luks2Volume.read(storage))
        .isInstanceOf(type)
        .hasMessageContaining(message);
  }

  private static ObjectNode keyslot(ObjectNode json) {
    return json.withObject("/keyslots/0");
  }

  private static ObjectNode area(ObjectNode json) {
    return json.withObject("/keyslots/0/area");
  }

  private static ObjectNode kdf(ObjectNode json) {
    return json.withObject("/keyslots/0/kdf");
  }

  private static ObjectNode segment(ObjectNode json) {
    return json.withObject("/segments/0");
  }

  private static ObjectNode digest(ObjectNode json) {
    return json.withObject("/digests/0");
  }

  private static ObjectNode config(ObjectNode json) {
    return json.withObject("/config");
  }

  @Test
  void read_undamaged_isAccepted() throws Exception {
    FaultyLuksStorage resealed = new HeaderForge().withArea(area -> {});
    assertThat(Luks2Volume.read(resealed).needsRepair()).isFalse();
  }

  // The binary header.

  @Test
  void read_checksumWrong_isRefused() throws Exception {
    byte[] image = new HeaderForge().storage().content();
    image[448] ^= 1;
    image[(16 << 10) + 448] ^= 1;
    refuses(new FaultyLuksStorage(image), LuksException.CorruptHeader.class, "checksum");
  }

  @Test
  void read_paddingChangedWithoutChecksum_isRefused() throws Exception {
    byte[] image = new HeaderForge().storage().content();
    image[4095] ^= 1;
    image[(16 << 10) + 4095] ^= 1;
    refuses(new FaultyLuksStorage(image), LuksException.CorruptHeader.class, "checksum");
  }

  @Test
  void read_version3_isRefused() throws Exception {
    refuses(
        new HeaderForge().withBinary(binary -> binary.putShort(6, (short) 3)),
        LuksException.CorruptHeader.class,
        "version 3");
  }

  @Test
  void read_version1_isNotLuks2() throws Exception {
    FaultyLuksStorage storage =
        new HeaderForge().withBinary(binary -> binary.putShort(6, (short) 1));
    refuses(storage, LuksException.NotLuks.class, "LUKS1");
    assertThat(LuksProbe.probe(storage).kind()).isEqualTo(LuksProbe.Kind.LUKS1);
  }

  @Test
  void read_headerSizeNotAPowerOfTwo_isRefused() throws Exception {
    refuses(
        new HeaderForge().withBinary(binary -> binary.putLong(8, 0x5000)),
        LuksException.CorruptHeader.class,
        "size 20480");
  }

  @Test
  void read_headerSizeNegative_isRefused() throws Exception {
    refuses(
        new HeaderForge().withBinary(binary -> binary.putLong(8, Long.MIN_VALUE)),
        LuksException.CorruptHeader.class,
        "power of two");
  }

  @Test
  void read_headerSizeBelowLeast_isRefused() throws Exception {
    refuses(
        new HeaderForge().withBinary(binary -> binary.putLong(8, 8192)),
        LuksException.CorruptHeader.class,
        "size 8192");
  }

  @Test
  void read_headerSizeAboveMost_isRefused() throws Exception {
    refuses(
        new HeaderForge().withBinary(binary -> binary.putLong(8, 8 << 20)),
        LuksException.CorruptHeader.class,
        "size 8388608");
  }

  @Test
  void read_headerStatesOtherOffset_isRefused() throws Exception {
    refuses(
        new HeaderForge().withBinary(binary -> binary.putLong(256, 512)),
        LuksException.CorruptHeader.class,
        "lies at 512");
  }

  @Test
  void read_seqidNegative_isRefused() throws Exception {
    refuses(
        new HeaderForge().withBinary(binary -> binary.putLong(16, -1)),
        LuksException.CorruptHeader.class,
        "seqid");
  }

  @Test
  void read_seqidThatCannotGrow_isRefused() throws Exception {
    refuses(
        new HeaderForge().withBinary(binary -> binary.putLong(16, Long.MAX_VALUE)),
        LuksException.CorruptHeader.class,
        "seqid");
  }

  @Test
  void read_checksumAlgorithmUnknown_isRefused() throws Exception {
    refuses(
        new HeaderForge().withBinary(binary -> binary.put(72, (byte) 'x')),
        LuksException.CorruptHeader.class,
        "checksum algorithm");
  }

  @Test
  void read_uuidMalformed_isRefused() throws Exception {
    refuses(
        new HeaderForge().withBinary(binary -> binary.put(168, (byte) 'x')),
        LuksException.CorruptHeader.class,
        "UUID");
  }

  @Test
  void read_deviceEndsWithinKeyslots_isRefused() throws Exception {
    byte[] image = new HeaderForge().storage().content();
    refuses(
        new FaultyLuksStorage(java.util.Arrays.copyOf(image, 64 << 10)),
        LuksException.CorruptHeader.class,
        "keyslots area ends");
  }

  // The JSON area as text.

  @Test
  void read_noZeroByteEndsJson_isRefused() throws Exception {
    refuses(
        new HeaderForge()
            .withArea(area -> {
              for (int i = 0; i < area.length; i++) {
                area[i] = area[i] == 0 ? (byte) ' ' : area[i];
              }
            }),
        LuksException.CorruptHeader.class,
        "no zero byte");
  }

  @Test
  void read_byteBehindJson_isRefused() throws Exception {
    refuses(
        new HeaderForge().withArea(area -> area[area.length - 1] = 'x'),
        LuksException.CorruptHeader.class,
        "not zero follows");
  }

  @Test
  void read_jsonBeginsWithSpace_isRefused() throws Exception {
    refuses(
        new HeaderForge().withAreaText(" {}".getBytes(StandardCharsets.UTF_8)),
        LuksException.CorruptHeader.class,
        "must begin with {");
  }

  @Test
  void read_jsonEmpty_isRefused() throws Exception {
    refuses(
        new HeaderForge().withAreaText(new byte[0]),
        LuksException.CorruptHeader.class,
        "must begin with {");
  }

  @Test
  void read_jsonEndsWithSpace_isRefused() throws Exception {
    refuses(
        new HeaderForge().withAreaText("{} ".getBytes(StandardCharsets.UTF_8)),
        LuksException.CorruptHeader.class,
        "end with }");
  }

  @Test
  void read_twoJsonObjects_isRefused() throws Exception {
    refuses(
        new HeaderForge().withAreaText("{}{}".getBytes(StandardCharsets.UTF_8)),
        LuksException.CorruptHeader.class,
        "bad JSON");
  }

  @Test
  void read_jsonKeyTwice_isRefused() throws Exception {
    refuses(
        new HeaderForge().withReplaced("\"tokens\":{}", "\"tokens\":{},\"tokens\":{}"),
        LuksException.CorruptHeader.class,
        "Duplicate");
  }

  @Test
  void read_jsonTooDeep_isRefused() throws Exception {
    refuses(
        new HeaderForge().withReplaced("\"tokens\":{}", "\"x\":" + "[".repeat(40) + "]".repeat(40)),
        LuksException.CorruptHeader.class,
        "bad JSON");
  }

  @Test
  void read_jsonNotUtf8_isRefused() throws Exception {
    refuses(
        new HeaderForge().withArea(area -> area[3] = (byte) 0xFF),
        LuksException.CorruptHeader.class,
        "bad JSON");
  }

  @Test
  void read_jsonNumberTooLong_isRefused() throws Exception {
    refuses(
        new HeaderForge().withReplaced("\"tokens\":{}", "\"tokens\":{},\"x\":" + "9".repeat(21)),
        LuksException.CorruptHeader.class,
        "bad JSON");
  }

  @Test
  void read_topObjectMissing_isRefused() throws Exception {
    for (String name : new String[] {"keyslots", "tokens", "segments", "digests", "config"}) {
      refusesJson(json -> json.remove(name), name + " is missing");
    }
  }

  @Test
  void read_topObjectIsArray_isRefused() throws Exception {
    for (String name : new String[] {"keyslots", "tokens", "segments", "digests", "config"}) {
      refusesJson(json -> json.putArray(name), "must be an object");
    }
  }

  // Config.

  @Test
  void read_jsonSizeIsNumber_isRefused() throws Exception {
    refusesJson(json -> config(json).put("json_size", 12288), "config.json_size");
  }

  @Test
  void read_jsonSizeOther_isRefused() throws Exception {
    refusesJson(json -> config(json).put("json_size", "12287"), "config.json_size");
  }

  @Test
  void read_keyslotsSizeMissing_isRefused() throws Exception {
    refusesJson(json -> config(json).remove("keyslots_size"), "config.keyslots_size");
  }

  @Test
  void read_keyslotsSizeUnaligned_isRefused() throws Exception {
    refusesJson(json -> config(json).put("keyslots_size", "262145"), "multiple of 4096");
  }

  @Test
  void read_keyslotsSizeAbove128Mib_isRefused() throws Exception {
    refusesJson(json -> config(json).put("keyslots_size", "134221824"), "128 MiB");
  }

  @Test
  void read_keyslotsSizeIntoSegment_isRefused() throws Exception {
    refusesJson(json -> config(json).put("keyslots_size", "1048576"), "before the segment");
  }

  @Test
  void read_keyslotsSizePast63Bits_isRefused() throws Exception {
    refusesJson(json -> config(json).put("keyslots_size", "9223372036854775808"), "2^63");
  }

  @Test
  void read_keyslotsSizeNegative_isRefused() throws Exception {
    refusesJson(json -> config(json).put("keyslots_size", "-4096"), "decimal number");
  }

  @Test
  void read_requirementUnknown_isRefused() throws Exception {
    unsupportedJson(
        json -> config(json).withObject("/requirements").putArray("mandatory").add("new-thing"),
        "\"new-thing\"");
  }

  @Test
  void read_requirementReencrypt_isRefusedByName() throws Exception {
    unsupportedJson(
        json ->
            config(json)
                .withObject("/requirements")
                .putArray("mandatory")
                .add("online-reencrypt-v2"),
        "re-encryption");
  }

  @Test
  void read_requirementsNotAnObject_isRefused() throws Exception {
    refusesJson(json -> config(json).putArray("requirements").add("x"), "must be an object");
  }

  @Test
  void read_requirementNotText_isRefused() throws Exception {
    refusesJson(
        json -> config(json).withObject("/requirements").putArray("mandatory").add(1), "texts");
  }

  @Test
  void read_flagNotText_isRefused() throws Exception {
    refusesJson(json -> config(json).putArray("flags").add(7), "config.flags");
  }

  @Test
  void read_flagsOfActivation_areAccepted() throws Exception {
    FaultyLuksStorage storage =
        new HeaderForge().withJson(json -> config(json).putArray("flags").add("allow-discards"));
    assertThat(Luks2Volume.read(storage).jsonMetadata()).contains("allow-discards");
  }

  // Segments.

  @Test
  void read_noSegment_isRefused() throws Exception {
    refusesJson(json -> json.withObject("/segments").remove("0"), "must hold a segment");
  }

  @Test
  void read_segmentNumberedOne_isRefused() throws Exception {
    refusesJson(
        json -> {
          ObjectNode segment = segment(json).deepCopy();
          json.putObject("segments").set("1", segment);
        },
        "without a gap");
  }

  @Test
  void read_segmentKeyNotANumber_isRefused() throws Exception {
    refusesJson(
        json -> {
          ObjectNode segment = segment(json).deepCopy();
          json.putObject("segments").set("00", segment);
        },
        "key \"00\"");
  }

  @Test
  void read_twoSegments_isUnsupported() throws Exception {
    unsupportedJson(
        json -> json.withObject("/segments").set("1", segment(json).deepCopy()), "2 segments");
  }

  @Test
  void read_segmentLinear_isUnsupported() throws Exception {
    unsupportedJson(json -> segment(json).put("type", "linear"), "linear");
  }

  @Test
  void read_segmentTypeMissing_isRefused() throws Exception {
    refusesJson(json -> segment(json).remove("type"), "segments.0.type");
  }

  @Test
  void read_segmentIntegrity_isUnsupported() throws Exception {
    unsupportedJson(
        json -> segment(json).withObject("/integrity").put("type", "hmac(sha256)"), "integrity");
  }

  @Test
  void read_segmentInReencryption_isUnsupported() throws Exception {
    unsupportedJson(
        json -> segment(json).putArray("flags").add("in-reencryption"), "in-reencryption");
  }

  @Test
  void read_segmentFlagNotText_isRefused() throws Exception {
    refusesJson(json -> segment(json).putArray("flags").add(3), "segments.0.flags");
  }

  @Test
  void read_segmentOffsetMissing_isRefused() throws Exception {
    refusesJson(json -> segment(json).remove("offset"), "segments.0.offset");
  }

  @Test
  void read_segmentOffsetUnaligned_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("offset", "1048577"), "multiple of 512");
  }

  @Test
  void read_segmentOffsetNegative_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("offset", "-512"), "segments.0.offset");
  }

  @Test
  void read_segmentOffsetPast63Bits_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("offset", "9223372036854775808"), "2^63");
  }

  @Test
  void read_segmentSizeMissing_isRefused() throws Exception {
    refusesJson(json -> segment(json).remove("size"), "segments.0.size");
  }

  @Test
  void read_segmentSizeZero_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("size", "0"), "greater than 0");
  }

  @Test
  void read_segmentSizeUnalignedToSector_isRefused() throws Exception {
    refusesJson(
        json -> segment(json).put("sector_size", 4096).put("size", "512"), "multiple of 4096");
  }

  @Test
  void read_segmentSizePastTheEndOfNumbers_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("size", "9223372036854775296"), "2^63");
  }

  @Test
  void read_segmentSizeWord_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("size", "all"), "segments.0.size");
  }

  @Test
  void read_segmentSizeFixed_isAccepted() throws Exception {
    FaultyLuksStorage storage =
        new HeaderForge().withJson(json -> segment(json).put("size", "4096"));
    assertThat(Luks2Volume.read(storage).segment().sizeBytes()).hasValue(4096);
  }

  @Test
  void read_ivTweakMissing_isRefused() throws Exception {
    refusesJson(json -> segment(json).remove("iv_tweak"), "segments.0.iv_tweak");
  }

  @Test
  void read_ivTweakWord_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("iv_tweak", "dynamic"), "segments.0.iv_tweak");
  }

  @Test
  void read_encryptionMissing_isRefused() throws Exception {
    refusesJson(json -> segment(json).remove("encryption"), "segments.0.encryption");
  }

  @Test
  void read_encryptionEmpty_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("encryption", ""), "segments.0.encryption");
  }

  @Test
  void read_encryptionWithStrangeCharacters_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("encryption", "aes-xts plain64"), "name a cipher");
  }

  @Test
  void read_nullCipher_isRefused() throws Exception {
    unsupportedJson(json -> segment(json).put("encryption", "cipher_null-ecb"), "encrypts nothing");
  }

  @Test
  void read_sectorSizeMissing_isRefused() throws Exception {
    refusesJson(json -> segment(json).remove("sector_size"), "segments.0.sector_size");
  }

  @Test
  void read_sectorSizeText_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("sector_size", "512"), "segments.0.sector_size");
  }

  @Test
  void read_sectorSize1000_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("sector_size", 1000), "512, 1024, 2048 or 4096");
  }

  @Test
  void read_sectorSize8192_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("sector_size", 8192), "from 512 to 4096");
  }

  @Test
  void read_sectorSizeFraction_isRefused() throws Exception {
    refusesJson(json -> segment(json).put("sector_size", 512.5), "segments.0.sector_size");
  }

  // Keyslots.

  @Test
  void read_keyslotNumbered32_isRefused() throws Exception {
    refusesJson(
        json -> json.withObject("/keyslots").set("32", keyslot(json).deepCopy()), "key \"32\"");
  }

  @Test
  void read_keyslotNotAnObject_isRefused() throws Exception {
    refusesJson(json -> json.withObject("/keyslots").put("1", "x"), "must be an object");
  }

  @Test
  void read_keyslotTypeUnknown_isUnsupported() throws Exception {
    unsupportedJson(json -> keyslot(json).put("type", "reencrypt"), "reencrypt");
  }

  @Test
  void read_keyslotTypeMissing_isRefused() throws Exception {
    refusesJson(json -> keyslot(json).remove("type"), "keyslots.0.type");
  }

  @Test
  void read_keySizeText_isRefused() throws Exception {
    refusesJson(json -> keyslot(json).put("key_size", "64"), "keyslots.0.key_size");
  }

  @Test
  void read_keySizeZero_isRefused() throws Exception {
    refusesJson(json -> keyslot(json).put("key_size", 0), "keyslots.0.key_size");
  }

  @Test
  void read_keySizeHuge_isRefused() throws Exception {
    refusesJson(json -> keyslot(json).put("key_size", 1 << 20), "keyslots.0.key_size");
  }

  @Test
  void read_priorityOutOfRange_isRefused() throws Exception {
    refusesJson(json -> keyslot(json).put("priority", 3), "keyslots.0.priority");
  }

  @Test
  void read_keyslotAreaMissing_isRefused() throws Exception {
    refusesJson(json -> keyslot(json).remove("area"), "keyslots.0.area");
  }

  @Test
  void read_areaTypeOther_isRefused() throws Exception {
    refusesJson(json -> area(json).put("type", "journal"), "keyslots.0.area.type");
  }

  @Test
  void read_areaOffsetNumber_isRefused() throws Exception {
    refusesJson(json -> area(json).put("offset", 32768), "keyslots.0.area.offset");
  }

  @Test
  void read_areaInsideHeaders_isRefused() throws Exception {
    refusesJson(json -> area(json).put("offset", "28672"), "must lie within");
  }

  @Test
  void read_areaBehindKeyslotsArea_isRefused() throws Exception {
    refusesJson(json -> area(json).put("offset", "1048576"), "must lie within");
  }

  @Test
  void read_areaOffsetPlusSizeOverflows_isRefused() throws Exception {
    refusesJson(json -> area(json).put("size", "9223372036854775807"), "must lie within");
  }

  @Test
  void read_areaTooSmallForSplitKey_isRefused() throws Exception {
    refusesJson(json -> area(json).put("size", "253952"), "split key");
  }

  @Test
  void read_areasOverlap_isRefused() throws Exception {
    refusesJson(
        json -> {
          ObjectNode second = keyslot(json).deepCopy();
          second.withObject("/area").put("offset", "286720");
          json.withObject("/keyslots").set("1", second);
          ((ArrayNode) digest(json).get("keyslots")).add("1");
        },
        "overlap");
  }

  @Test
  void read_areaKeySizeZero_isRefused() throws Exception {
    refusesJson(json -> area(json).put("key_size", 0), "keyslots.0.area.key_size");
  }

  @Test
  void read_areaEncryptionMissing_isRefused() throws Exception {
    refusesJson(json -> area(json).remove("encryption"), "keyslots.0.area.encryption");
  }

  @Test
  void read_afMissing_isRefused() throws Exception {
    refusesJson(json -> keyslot(json).remove("af"), "keyslots.0.af");
  }

  @Test
  void read_afTypeOther_isRefused() throws Exception {
    refusesJson(
        json -> json.withObject("/keyslots/0/af").put("type", "none"), "keyslots.0.af.type");
  }

  @Test
  void read_afStripesOther_isRefused() throws Exception {
    refusesJson(
        json -> json.withObject("/keyslots/0/af").put("stripes", 1), "keyslots.0.af.stripes");
  }

  @Test
  void read_afHashUnknown_isUnsupported() throws Exception {
    unsupportedJson(json -> json.withObject("/keyslots/0/af").put("hash", "md4"), "md4");
  }

  @Test
  void read_kdfMissing_isRefused() throws Exception {
    refusesJson(json -> keyslot(json).remove("kdf"), "keyslots.0.kdf");
  }

  @Test
  void read_kdfUnknown_isUnsupported() throws Exception {
    unsupportedJson(json -> kdf(json).put("type", "scrypt"), "scrypt");
  }

  @Test
  void read_kdfFieldsOfAnother_isRefused() throws Exception {
    refusesJson(json -> kdf(json).put("memory", 1024), "has 5 fields");
  }

  @Test
  void read_kdfHashUnknown_isUnsupported() throws Exception {
    unsupportedJson(json -> kdf(json).put("hash", "md5"), "md5");
  }

  @Test
  void read_iterationsBelowLeast_isRefused() throws Exception {
    refusesJson(json -> kdf(json).put("iterations", 999), "iterations 999");
  }

  @Test
  void read_iterationsAboveMost_isRefused() throws Exception {
    refusesJson(json -> kdf(json).put("iterations", 100_000_001), "iterations 100000001");
  }

  @Test
  void read_iterationsPast32Bits_isRefused() throws Exception {
    refusesJson(json -> kdf(json).put("iterations", 1L << 32), "keyslots.0.kdf.iterations");
  }

  @Test
  void read_saltShort_isRefused() throws Exception {
    refusesJson(json -> kdf(json).put("salt", "AAAA"), "keyslots.0.kdf.salt");
  }

  @Test
  void read_saltNotBase64_isRefused() throws Exception {
    refusesJson(json -> kdf(json).put("salt", "*".repeat(44)), "keyslots.0.kdf.salt");
  }

  @Test
  void read_argon2MemoryAbove4Gib_isRefused() throws Exception {
    refusesJson(json -> argon2(json, 4, 4_194_305, 4), "4194305 KiB");
  }

  @Test
  void read_argon2TimeTooLong_isRefused() throws Exception {
    refusesJson(json -> argon2(json, 1025, 1 << 20, 4), "time cost 1025");
  }

  @Test
  void read_argon2LanesTooMany_isRefused() throws Exception {
    refusesJson(json -> argon2(json, 4, 1 << 20, 17), "lanes 17");
  }

  @Test
  void read_argon2MemoryTooSmallForLanes_isRefused() throws Exception {
    refusesJson(json -> argon2(json, 4, 64, 16), "8 per lane");
  }

  @Test
  void read_argon2TimeZero_isRefused() throws Exception {
    refusesJson(json -> argon2(json, 0, 1024, 1), "keyslots.0.kdf.time");
  }

  private static void argon2(ObjectNode json, int time, int memoryKib, int lanes) {
    kdf(json).remove(java.util.List.of("hash", "iterations"));
    kdf(json).put("type", "argon2id").put("time", time).put("memory", memoryKib).put("cpus", lanes);
  }

  // Digests and references.

  @Test
  void read_digestTypeOther_isUnsupported() throws Exception {
    unsupportedJson(json -> digest(json).put("type", "sha256"), "sha256");
  }

  @Test
  void read_digestIterationsTooMany_isRefused() throws Exception {
    refusesJson(json -> digest(json).put("iterations", Integer.MAX_VALUE), "digests.0.iterations");
  }

  @Test
  void read_digestSaltShort_isRefused() throws Exception {
    refusesJson(json -> digest(json).put("salt", "AAAA"), "digests.0.salt");
  }

  @Test
  void read_digestValueEmpty_isRefused() throws Exception {
    refusesJson(json -> digest(json).put("digest", ""), "digests.0.digest");
  }

  @Test
  void read_digestValueLongerThanHash_isRefused() throws Exception {
    refusesJson(json -> digest(json).put("digest", "A".repeat(48)), "digests.0.digest");
  }

  @Test
  void read_digestNamesMissingKeyslot_isRefused() throws Exception {
    refusesJson(json -> ((ArrayNode) digest(json).get("keyslots")).add("9"), "keyslot 9");
  }

  @Test
  void read_digestNamesMissingSegment_isRefused() throws Exception {
    refusesJson(json -> ((ArrayNode) digest(json).get("segments")).add("1"), "segment 1");
  }

  @Test
  void read_digestKeyslotsOfNumbers_isRefused() throws Exception {
    refusesJson(json -> digest(json).putArray("keyslots").add(0), "digests.0.keyslots");
  }

  @Test
  void read_digestKeyslotsRepeated_isRefused() throws Exception {
    refusesJson(json -> ((ArrayNode) digest(json).get("keyslots")).add("0"), "each once");
  }

  @Test
  void read_keyslotWithoutDigest_isRefused() throws Exception {
    refusesJson(json -> digest(json).putArray("keyslots"), "keyslots.0 has 0 digests");
  }

  @Test
  void read_keyslotWithTwoDigests_isRefused() throws Exception {
    refusesJson(
        json -> {
          ObjectNode second = digest(json).deepCopy();
          second.putArray("segments");
          json.withObject("/digests").set("1", second);
        },
        "keyslots.0 has 2 digests");
  }

  @Test
  void read_segmentWithoutDigest_isRefused() throws Exception {
    refusesJson(json -> digest(json).putArray("segments"), "segments.0 has 0 digests");
  }

  @Test
  void read_segmentWithTwoDigests_isRefused() throws Exception {
    refusesJson(
        json -> {
          ObjectNode second = digest(json).deepCopy();
          second.putArray("keyslots");
          json.withObject("/digests").set("1", second);
        },
        "segments.0 has 2 digests");
  }

  // Tokens.

  @Test
  void read_tokenTypeMissing_isRefused() throws Exception {
    refusesJson(json -> json.withObject("/tokens/0").putArray("keyslots"), "tokens.0.type");
  }

  @Test
  void read_tokenKeyslotsMissing_isRefused() throws Exception {
    refusesJson(json -> json.withObject("/tokens/0").put("type", "x"), "tokens.0.keyslots");
  }

  @Test
  void read_tokenNamesMissingKeyslot_isRefused() throws Exception {
    refusesJson(
        json -> json.withObject("/tokens/0").put("type", "x").putArray("keyslots").add("4"),
        "tokens.0 names keyslot 4");
  }

  @Test
  void read_tokenNumbered32_isRefused() throws Exception {
    refusesJson(
        json -> json.withObject("/tokens/32").put("type", "x").putArray("keyslots"), "key \"32\"");
  }
}
