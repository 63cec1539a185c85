package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.secretfs.crypto.memory.SecretBuffer;

/** Hostile keyslot areas and manifests of a volume whose header is right. */
class KeyslotFuzzTest {
  private static final int AREA_BYTES = 32 << 10;

  @FuzzTest
  void unlock_anyArea_opensOrNot(byte[] area) throws Exception {
    byte[] image = new HeaderForge().storage().content();
    System.arraycopy(area, 0, image, AREA_BYTES, Math.min(area.length, 256_000));
    FaultyLuksStorage storage = new FaultyLuksStorage(image);
    try (SecretBuffer right = TestVolumes.passphrase("right");
        VolumeKey key = Luks2Volume.read(storage).unlock(right)) {
      assertThat(key.length()).isEqualTo(64);
    } catch (LuksException.NoKeyslotOpened e) {
      assertThat(e.tried()).isEqualTo(1);
    }
    assertThat(storage.operations()).as("writes").isZero();
  }

  @FuzzTest
  void authenticate_anyManifest_isRefused(byte[] json) throws Exception {
    Token token;
    try {
      token = Token.parse(new String(json, java.nio.charset.StandardCharsets.UTF_8));
    } catch (LuksException.TokenInvalid e) {
      return;
    }
    try (SecretBuffer right = TestVolumes.passphrase("right")) {
      assertThat(Manifest.read(token).keyslot()).isBetween(0, 31);
      FaultyLuksStorage storage = new HeaderForge().storage();
      Luks2Volume volume = Luks2Volume.read(storage);
      volume.putToken(0, token);
      volume.authenticate(right, "v", 1);
      throw new AssertionError("a manifest that nobody made was believed");
    } catch (LuksException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }
}
