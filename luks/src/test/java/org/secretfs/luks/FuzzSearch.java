package org.secretfs.luks;

import com.google.errorprone.annotations.Immutable;

/** What Jazzer's own command runs to search for inputs: the fuzz test that a property names. */
public final class FuzzSearch {
  static final String TARGET = "secretfs.fuzz.target";

  private static final Target CHOSEN = Target.valueOf(System.getProperty(TARGET, "BINARY_HEADER"));

  private FuzzSearch() {}

  /** Something that takes any bytes. */
  @Immutable
  private interface Body {
    void run(byte[] input) throws Exception;
  }

  /** The fuzz tests of this module. */
  enum Target {
    BINARY_HEADER(
        HeaderFuzzTest.class,
        input -> new HeaderFuzzTest().read_anyBinaryHeader_isAVolumeOrRefused(input)),
    JSON_AREA(
        HeaderFuzzTest.class, input -> new HeaderFuzzTest().read_anyJson_isAVolumeOrRefused(input)),
    KEYSLOT_AREA(
        KeyslotFuzzTest.class, input -> new KeyslotFuzzTest().unlock_anyArea_opensOrNot(input)),
    MANIFEST(
        KeyslotFuzzTest.class,
        input -> new KeyslotFuzzTest().authenticate_anyManifest_isRefused(input)),
    TOKEN(
        TokenFuzzTest.class, input -> new TokenFuzzTest().parse_anyBytes_isATokenOrRefused(input)),
    BACKUP(
        BackupFuzzTest.class,
        input -> new BackupFuzzTest().restore_anyBackup_isRefusedOrWhole(input)),
    LUKS1(
        Luks1FuzzTest.class, input -> new Luks1FuzzTest().read_anyHeader_isAVolumeOrRefused(input)),
    LUKS1_CHANGED(
        Luks1FuzzTest.class,
        input -> new Luks1FuzzTest().read_validHeaderChanged_isAVolumeOrRefused(input));

    private final Class<?> test;
    private final Body body;

    Target(Class<?> test, Body body) {
      this.test = test;
      this.body = body;
    }

    /** Whose kept inputs the search begins with. */
    Class<?> test() {
      return test;
    }
  }

  /** What loads at the first input is not that input's time; Jazzer calls it by this name. */
  public static void fuzzerInitialize() throws Exception {
    CHOSEN.body.run(new byte[0]);
  }

  /** Jazzer calls it by this name. */
  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    CHOSEN.body.run(input);
  }
}
