package org.secretfs.machinetest;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;

/**
 * Every cipher with every key length, version, sector size and place of the header: of these rows
 * every third, or all with the property {@code secretfs.wholeMatrix}, which takes a quarter of an
 * hour.
 */
@Tag("long")
class DmCryptProductTest extends DmCryptRows {
  @Override
  List<LuksShape> shapes() {
    List<LuksShape> all = LuksShape.all();
    return Boolean.getBoolean("secretfs.wholeMatrix")
        ? all
        : IntStream.range(0, all.size() / 3).mapToObj(row -> all.get(row * 3 + row % 3)).toList();
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
