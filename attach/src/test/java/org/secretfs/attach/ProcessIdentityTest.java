package org.secretfs.attach;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessIdentityTest {
  private static final long SELF = ProcessHandle.current().pid();

  @Test
  void ofLive_self_isAliveAndSurvivesParse() {
    ProcessIdentity self = ProcessIdentity.ofLive(SELF).orElseThrow();

    assertThat(self.alive()).isTrue();
    assertThat(ProcessIdentity.parse(self + "\n")).contains(self);
  }

  @Test
  void alive_samePidStartedAtAnotherTime_isFalse() {
    ProcessIdentity self = ProcessIdentity.ofLive(SELF).orElseThrow();

    assertThat(new ProcessIdentity(SELF, self.startTicks() - 1).alive()).isFalse();
  }

  @Test
  void alive_endedChild_isFalse() throws Exception {
    Process child = new ProcessBuilder("cat").start();
    ProcessIdentity identity = ProcessIdentity.ofLive(child.pid()).orElseThrow();
    child.getOutputStream().close();

    assertThat(child.waitFor()).isZero();
    assertThat(identity.alive()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1 ", "a b", "1 2 3", "-1 2", "99999999999 1", "1 2\n3 4"})
  void parse_otherText_isEmpty(String text) {
    assertThat(ProcessIdentity.parse(text)).isEmpty();
  }
}
