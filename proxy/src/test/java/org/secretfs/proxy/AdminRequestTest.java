package org.secretfs.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.proxy.AdminRequest.Verb;

class AdminRequestTest {
  @ParameterizedTest
  @EnumSource(Verb.class)
  void decode_encoded_isTheSame(Verb verb) throws ProxyException {
    AdminRequest request =
        switch (verb) {
          case LIST, RELOAD -> AdminRequest.of(verb);
          case ADD -> AdminRequest.add("exports: {}\n\"quoted\"");
          default -> AdminRequest.of(verb, "data").within(Duration.ofSeconds(5));
        };

    assertThat(AdminRequest.decode(request.encode())).isEqualTo(request);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"command\":\"format\"}",
        "{\"command\":\"remove\"}",
        "{\"command\":\"list\",\"export\":\"x\"}",
        "{\"command\":\"list\",\"definition\":\"x\"}",
        "{\"command\":\"add\"}",
        "{\"command\":\"drain\",\"export\":7}",
        "{\"command\":\"drain\",\"export\":\"x\",\"patience_seconds\":-1}",
        "{\"command\":\"drain\",\"export\":\"x\",\"patience_seconds\":1e99}"
      })
  void decode_malformed_isRefused(String line) {
    assertThatThrownBy(() -> AdminRequest.decode(line)).isInstanceOf(ProxyException.class);
  }

  @Test
  void decode_notJson_isRefused() {
    assertThatThrownBy(() -> AdminRequest.decode("{\"command\":")).hasMessageContaining("not JSON");
  }
}
