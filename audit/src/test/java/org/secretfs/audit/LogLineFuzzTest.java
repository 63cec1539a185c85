package org.secretfs.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Whatever bytes a line has: it is refused, or is exactly what a writer would have written. */
class LogLineFuzzTest {
  @FuzzTest(maxDuration = "3m")
  void parse_anyBytes_refusesOrRoundTrips(byte[] bytes) {
    LogLine line;
    try {
      line = LogLine.parse(bytes);
    } catch (AuditException.MalformedLine e) {
      assertThat(e).hasMessageStartingWith("not a line");
      return;
    }
    assertThat(line.bytes()).isEqualTo(bytes);
    try {
      AuditEvent event = line.event();
      assertThat(AuditEvent.fromJson(event.toJson())).isEqualTo(event);
    } catch (AuditException.MalformedLine e) {
      assertThat(e).hasMessageStartingWith("not a line");
    }
  }

  @FuzzTest(maxDuration = "3m")
  void fromJson_anyBytes_refusesOrRoundTrips(byte[] bytes) {
    try {
      AuditEvent event = AuditEvent.fromJson(bytes);
      assertThat(AuditEvent.fromJson(event.toJson())).isEqualTo(event);
    } catch (AuditException.MalformedLine e) {
      assertThat(e).hasMessageStartingWith("not a line");
    }
  }
}
