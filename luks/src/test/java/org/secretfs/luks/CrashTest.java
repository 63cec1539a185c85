package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.LuksProbe.Kind;

/** Cuts the power after every single write and barrier of updates of tokens, and of formats. */
class CrashTest {
  private static void opensWithOldOrNewTokens(
      FaultyLuksStorage left, Map<Integer, Token> before, Map<Integer, Token> after)
      throws IOException, LuksException {
    Luks2Volume volume = Luks2Volume.read(left);
    assertThat(volume.tokens()).isIn(before, after);
    assertThat(TestVolumes.opens(left, "right")).isTrue();
    if (volume.needsRepair()) {
      volume.repair();
      assertThat(Luks2Volume.read(left).needsRepair()).isFalse();
    }
  }

  @Test
  void putToken_cutAnywhere_leavesOldOrNew() throws Exception {
    Token token = TestVolumes.token("new");
    byte[] image = TestVolumes.formatted().content();
    long points =
        PowerCuts.everywhere(
            image,
            storage -> Luks2Volume.read(storage).putToken(0, token),
            left -> opensWithOldOrNewTokens(left, Map.of(), Map.of(0, token)));
    assertThat(points).isEqualTo(8);
  }

  @Test
  void putToken_secondaryDamagedAndCutAnywhere_leavesOldOrNew() throws Exception {
    Token token = TestVolumes.token("new");
    byte[] image = TestVolumes.formatted().content();
    image[(16 << 10) + 5000] ^= 1;
    PowerCuts.everywhere(
        image,
        storage -> Luks2Volume.read(storage).putToken(0, token),
        left -> opensWithOldOrNewTokens(left, Map.of(), Map.of(0, token)));
  }

  @Test
  void putToken_secondaryStaleAndCutAnywhere_neverFallsBackToIt() throws Exception {
    Token middle = TestVolumes.token("middle");
    Token token = TestVolumes.token("new");
    FaultyLuksStorage storage = TestVolumes.formatted();
    byte[] stale = storage.content();
    Luks2Volume.read(storage).putToken(0, middle);
    byte[] image = storage.content();
    System.arraycopy(stale, 16 << 10, image, 16 << 10, 16 << 10);
    PowerCuts.everywhere(
        image,
        device -> Luks2Volume.read(device).putToken(1, token),
        left -> opensWithOldOrNewTokens(left, Map.of(0, middle), Map.of(0, middle, 1, token)));
  }

  @Test
  void repair_ofPrimaryCutAnywhere_leavesAVolumeThatOpens() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    image[4500] ^= 1;
    PowerCuts.everywhere(
        image,
        storage -> Luks2Volume.read(storage).repair(),
        left -> opensWithOldOrNewTokens(left, Map.of(), Map.of()));
  }

  @Test
  void format_ofBlankDeviceCutAnywhere_isBlankOrUnfinishedOrWhole() throws Exception {
    FormatOptions options = TestVolumes.options().build();
    try (SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      PowerCuts.everywhere(
          new byte[TestVolumes.SIZE_BYTES],
          storage -> Luks2Volume.format(storage, options, passphrase),
          left -> isBlankOrUnfinishedOrWhole(left, options, passphrase));
    }
  }

  private static void isBlankOrUnfinishedOrWhole(
      FaultyLuksStorage left, FormatOptions options, SecretBuffer passphrase)
      throws IOException, LuksException {
    LuksProbe probe = LuksProbe.probe(left);
    switch (probe.kind()) {
      case NONE -> assertThat(left.content()).containsOnly(0);
      case LUKS2 -> assertThat(TestVolumes.opens(left, "right")).isTrue();
      default -> assertThat(probe.kind()).isEqualTo(Kind.UNFINISHED_FORMAT);
    }
    if (probe.kind() != Kind.LUKS2) {
      Luks2Volume.format(left, options, passphrase);
      assertThat(TestVolumes.opens(left, "right")).isTrue();
    }
  }

  @Test
  void format_overAVolumeCutAnywhere_isTheOldOrUnfinishedOrTheNew() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    FormatOptions options = TestVolumes.options().label("new").build();
    try (SecretBuffer passphrase = TestVolumes.passphrase("second")) {
      PowerCuts.everywhere(
          image,
          storage -> Luks2Volume.format(storage, options, passphrase),
          left -> {
            LuksProbe probe = LuksProbe.probe(left);
            assertThat(probe.kind()).isIn(Kind.LUKS2, Kind.UNFINISHED_FORMAT);
            if (probe.kind() == Kind.LUKS2) {
              String label = Luks2Volume.read(left).label();
              assertThat(TestVolumes.opens(left, label.equals("new") ? "second" : "right"))
                  .isTrue();
            }
          });
    }
  }
}
