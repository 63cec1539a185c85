package org.secretfs.machinetest;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Every cipher with every key length, version, sector size and place of the header. */
@Tag("long")
class DmCryptProductTest extends DmCryptRows {
  @Override
  List<LuksShape> shapes() {
    return LuksShape.all();
  }

  @Override
  List<LuksChange> changes() {
    return LuksChange.all();
  }

  @Override
  Duration limit() {
    return Duration.ofMinutes(30);
  }
}
