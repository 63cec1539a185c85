package org.secretfs.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.luks.CryptSegment;

class ServerParametersTest {
  private static final ServerParameters SAMPLE =
      new ServerParameters(
          VolumeName.of("data"),
          Path.of("/dev/nvme1n1"),
          Path.of("/boot/header"),
          Path.of("/run/secretfs/data"),
          new CryptSegment(16 << 20, OptionalLong.of(1 << 30), "aes-xts-plain64", 4096, 7),
          true,
          false,
          true,
          64);

  @Test
  void decode_ofEncoded_isEqual() throws IOException {
    ByteBuffer encoded = SAMPLE.encode();

    assertThat(encoded.getInt()).isEqualTo(encoded.remaining());
    assertThat(ServerParameters.decode(rest(encoded))).isEqualTo(SAMPLE);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 20, 60})
  void decode_truncated_throwsIoException(int length) {
    byte[] whole = fields();

    assertThatThrownBy(() -> ServerParameters.decode(Arrays.copyOf(whole, length)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void decode_bytesLeftOver_throwsIoException() {
    byte[] whole = fields();

    assertThatThrownBy(() -> ServerParameters.decode(Arrays.copyOf(whole, whole.length + 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("left over");
  }

  @Test
  void decode_badVolumeName_throwsIoException() {
    byte[] whole = fields();
    whole[6] = '/';

    assertThatThrownBy(() -> ServerParameters.decode(whole))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("volume name");
  }

  @FuzzTest
  void decode_anyBytes_givesParametersOrIoException(byte[] bytes) {
    try {
      ServerParameters parameters = ServerParameters.decode(bytes);
      assertThat(parameters.encode().remaining()).isPositive();
    } catch (IOException e) {
      assertThat(e).isNotNull();
    }
  }

  private static byte[] fields() {
    ByteBuffer encoded = SAMPLE.encode();
    encoded.getInt();
    return rest(encoded);
  }

  private static byte[] rest(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
