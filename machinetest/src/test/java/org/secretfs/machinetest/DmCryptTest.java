package org.secretfs.machinetest;

import java.time.Duration;
import java.util.List;

/** Every value of every dimension at least once. */
class DmCryptTest extends DmCryptRows {
  @Override
  List<LuksShape> shapes() {
    return LuksShape.some();
  }

  @Override
  List<LuksChange> changes() {
    return LuksChange.some();
  }

  @Override
  Duration limit() {
    return Duration.ofMinutes(15);
  }
}
