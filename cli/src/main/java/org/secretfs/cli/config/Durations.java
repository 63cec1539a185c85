package org.secretfs.cli.config;

import java.time.Duration;
import org.secretfs.cli.failure.CliException.WrongConfiguration;

/** Durations as people write them: {@code 500ms}, {@code 30s}, {@code 10m}, {@code 24h}. */
final class Durations {
  private Durations() {}

  static Duration of(ConfigNode node) throws WrongConfiguration {
    String text = node.text();
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    if (!text.matches("\\d{1,9}(ms|s|m|h)")) {
      throw node.wrong("is '%s' but must be a duration such as 30s or 10m".formatted(text));
    }
    long number = Long.parseLong(text.replaceAll("\\D", ""));
    return switch (text.replaceAll("\\d", "")) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      default -> Duration.ofHours(number);
    };
  }
}
