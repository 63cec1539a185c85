package org.secretfs.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AttachmentsTest {

  private final RecordingRunner runner = new RecordingRunner();
  private final Attachments attachments =
      Attachments.ofThisMachine(runner, Path.of("/run/secretfs"), List.of("/bin/false"));

  @Test
  void choose_kernelWithCrypt_isDmCrypt() throws Exception {
    runner.answering("dmsetup targets", 0, "crypt v1.24.0\n", "");

    assertThat(attachments.choose(Optional.empty()).kind()).isEqualTo("dm-crypt");
  }

  @Test
  void choose_wantedIsUnavailable_throwsItsReason() {
    runner.answering("dmsetup targets", 1, "", "open failed");

    assertThatThrownBy(() -> attachments.choose(Optional.of("dm-crypt")))
        .isInstanceOf(AttachException.Unavailable.class)
        .hasMessageContaining("dm-crypt: this kernel has no device-mapper")
        .hasMessageNotContaining("fuse");
  }

  @Test
  void choose_noneAvailable_listsTheReasonOfEach() {
    runner.without("cryptsetup").without("losetup");

    assertThatThrownBy(() -> attachments.choose(Optional.empty()))
        .isInstanceOf(AttachException.Unavailable.class)
        .hasMessageContaining("dm-crypt: 'cryptsetup' (Debian package cryptsetup-bin)")
        .hasMessageContaining("fuse: 'losetup' (Debian package mount)");
  }

  @Test
  void choose_unknownName_throwsTheKnownOnes() {
    assertThatThrownBy(() -> attachments.choose(Optional.of("nbd")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("attachment 'nbd' is none of [dm-crypt, fuse]");
  }
}
