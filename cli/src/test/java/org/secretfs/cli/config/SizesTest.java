package org.secretfs.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
  @ParameterizedTest
  @CsvSource({"4096,4096", "1K,1024", "1KiB,1024", "512MiB,536870912", "2 GiB,2147483648"})
  void parse_size_givesBytes(String text, long bytes) {
    assertThat(Sizes.parse(text)).hasValue(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-1", "1.5G", "2GB", "99999999999T", "1 KK"})
  void parse_noSize_isEmpty(String text) {
    assertThat(Sizes.parse(text)).isEmpty();
  }

  @Test
  void format_sizes_useTheLargestUnit() {
    assertThat(Sizes.format(2L << 30)).isEqualTo("2 GiB");
    assertThat(Sizes.format(1536)).isEqualTo("1.5 KiB");
    assertThat(Sizes.format(0)).isEqualTo("0 B");
  }
}
