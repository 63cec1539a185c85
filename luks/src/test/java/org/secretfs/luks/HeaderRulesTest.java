package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One header for every rule of the format, with that one defect and checksums that fit. The rules
 * are listed in {@code docs/format/luks-rules.md}.
 */
class HeaderRulesTest {
  static Stream<HeaderRule> rules() {
    return Stream.<Supplier<Stream<HeaderRule>>>of(
            BinaryHeaderRules::all,
            JsonTextRules::all,
            KeyslotRules::all,
            SegmentRules::all,
            DigestRules::all,
            ConfigRules::all,
            TokenRules::all,
            ReencryptRules::all)
        .flatMap(Supplier::get);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void read_headerThatBreaksARule_isRefused(HeaderRule rule) throws Exception {
    FaultyLuksStorage forged = rule.forging().forge(new HeaderForge());
    byte[] before = forged.content();
    assertThatThrownBy(() -> Luks2Volume.read(forged))
        .isInstanceOf(rule.refusal())
        .hasMessageContaining(rule.message());
    assertThat(forged.content()).isEqualTo(before);
    assertThat(forged.isLocked()).isFalse();
  }

  @Test
  void rules_all_areDocumentedOnceAndTheDocumentHasNoOther() throws Exception {
    List<String> documented =
        Files.readAllLines(Path.of("../docs/format/luks-rules.md")).stream()
            .filter(line -> line.matches("\\| [23]\\.\\d \\|.*"))
            .map(line -> line.split("\\|", -1)[2].strip())
            .toList();
    assertThat(documented).containsExactlyElementsOf(rules().map(HeaderRule::name).toList());
    assertThat(documented).doesNotHaveDuplicates().hasSizeGreaterThan(150);
  }

  // What is right stays accepted: a forge that breaks every header would prove nothing.

  private static Luks2Volume accepted(Consumer<ObjectNode> change) throws Exception {
    return Luks2Volume.read(new HeaderForge().withJson(change));
  }

  @Test
  void read_inTheMiddleOfAReencryption_isToldApart() throws Exception {
    FaultyLuksStorage whole = new HeaderForge(HalfReencrypted.image()).withArea(_ -> {});
    assertThat(Reencryption.status(whole)).isPresent();
    assertThatThrownBy(() -> Luks2Volume.read(whole))
        .isInstanceOf(LuksException.ReencryptionUnfinished.class);
  }

  @Test
  void read_undamaged_isAccepted() throws Exception {
    FaultyLuksStorage resealed = new HeaderForge().withArea(area -> {});
    assertThat(Luks2Volume.read(resealed).needsRepair()).isFalse();
  }

  @Test
  void read_flagsOfActivation_areAccepted() throws Exception {
    assertThat(
            accepted(json -> HeaderRule.config(json).putArray("flags").add("allow-discards"))
                .activationFlags())
        .containsExactly("allow-discards");
  }

  @Test
  void read_segmentSizeFixed_isAccepted() throws Exception {
    Luks2Volume volume = accepted(json -> HeaderRule.segment(json).put("size", "4096"));
    assertThat(volume.segment().sizeBytes()).hasValue(4096);
  }

  @Test
  void read_boundaryValues_areAccepted() throws Exception {
    accepted(json -> HeaderRule.kdf(json).put("iterations", 100_000_000));
    accepted(json -> HeaderRule.argon2(json, 1, 4 << 20, 16));
    accepted(json -> HeaderRule.area(json).put("size", "256000"));
    accepted(json -> HeaderRule.keyslot(json).put("priority", 0));
    accepted(json -> HeaderRule.digest(json).put("digest", "A".repeat(27) + "="));
    accepted(json -> HeaderRule.segment(json).put("sector_size", 4096));
    accepted(json -> json.withObject("/tokens/31").put("type", "x").putArray("keyslots"));
  }

  @Test
  void probe_versionOne_isLuks1() throws Exception {
    FaultyLuksStorage storage =
        new HeaderForge().withBinary(binary -> binary.putShort(6, (short) 1));
    assertThat(LuksProbe.probe(storage).kind()).isEqualTo(LuksProbe.Kind.LUKS1);
  }
}
