package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.secretfs.luks.testing.FaultyMedium;

/** Cuts the power after every single write and barrier of some work, in every way. */
final class PowerCuts {
  private static final int SEEDS = FaultyMedium.KINDS_OF_CUT;

  private PowerCuts() {}

  /** Something that writes and may be cut off. */
  interface Work {
    void run(LuksStorage storage) throws IOException, LuksException;
  }

  /** What must hold of what is left. */
  interface Check {
    void accept(FaultyLuksStorage left) throws IOException, LuksException;
  }

  /** Runs the work once for every point at which it can be cut off; returns how many there are. */
  static long everywhere(byte[] image, Work work, Check check) throws Exception {
    FaultyLuksStorage whole = new FaultyLuksStorage(image);
    work.run(whole);
    for (long point = 0; point < whole.operations(); point++) {
      FaultyLuksStorage storage = new FaultyLuksStorage(image).failAfter(point);
      assertThat(runsThrough(work, storage)).isFalse();
      assertThat(storage.isLocked()).isFalse();
      for (int seed = 0; seed < SEEDS; seed++) {
        check.accept(storage.cutPower(point * SEEDS + seed));
      }
    }
    check.accept(whole.cutPower(0));
    return whole.operations();
  }

  private static boolean runsThrough(Work work, LuksStorage storage) throws LuksException {
    try {
      work.run(storage);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
