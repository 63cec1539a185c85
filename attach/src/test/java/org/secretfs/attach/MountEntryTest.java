package org.secretfs.attach;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountEntryTest {
  @Test
  void parseAll_ordinaryLines_givesTheirFields() {
    String table =
        """
        27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
        96 27 0:45 / /run/secretfs/data/mnt rw,nosuid,nodev shared:5 master:2 - fuse.secretfs secretfs-data rw,user_id=0
        """;

    assertThat(parse(table))
        .containsExactly(
            new MountEntry(Path.of("/"), "ext4", "/dev/vda", "rw,relatime,rw,discard"),
            new MountEntry(
                Path.of("/run/secretfs/data/mnt"),
                "fuse.secretfs",
                "secretfs-data",
                "rw,nosuid,nodev,rw,user_id=0"));
    assertThat(parse(table).get(1).isFuse()).isTrue();
  }

  @Test
  void parseAll_octalEscapes_areResolvedOnce() {
    String table = "30 27 7:0 / /mnt/a\\040b\\134040\\011c rw - ext4 /dev/lo\\040op rw\n";

    assertThat(parse(table))
        .containsExactly(
            new MountEntry(Path.of("/mnt/a b\\040\tc"), "ext4", "/dev/lo op", "rw,rw"));
  }

  @Test
  void parseAll_dollarInPath_isKeptAsItIs() {
    assertThat(parse("30 27 7:0 / /mnt/$1\\044 rw - ext4 /dev/x rw\n").getFirst().mountPoint())
        .isEqualTo(Path.of("/mnt/$1$"));
  }

  @Test
  void parseAll_brokenLines_areLeftOut() {
    assertThat(parse("\nx\n1 2 - \n1 2 3 4 relative rw - a b c\n30 27 7:0 / /m rw - ext4 d\n"))
        .isEmpty();
  }

  @FuzzTest
  void parseAll_anyBytes_givesAbsoluteMountPoints(byte[] table) {
    assertThat(MountEntry.parseAll(table)).allMatch(entry -> entry.mountPoint().isAbsolute());
  }

  private static List<MountEntry> parse(String table) {
    return MountEntry.parseAll(table.getBytes(StandardCharsets.UTF_8));
  }
}
