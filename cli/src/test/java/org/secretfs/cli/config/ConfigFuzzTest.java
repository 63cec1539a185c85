package org.secretfs.cli.config;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import java.time.Clock;
import org.secretfs.cli.failure.CliException.WrongConfiguration;

class ConfigFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void of_anyBytes_throwsNothingButWrongConfiguration(byte[] content) {
    try {
      ConfigNode root = ConfigFile.parse("f", content);
      SecretfsConfig.of(Path.of("/etc/secretfs/secretfs.yaml"), root, Clock.systemUTC());
    } catch (WrongConfiguration e) {
      // The one way in which a file may be refused.
      assert !String.valueOf(e.getMessage()).isEmpty();
    }
  }
}
