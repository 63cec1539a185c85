package org.secretfs.architecture.planted.agent;

import java.time.Instant;

final class ReadsTheClock {
  Instant now() {
    return Instant.now();
  }
}
