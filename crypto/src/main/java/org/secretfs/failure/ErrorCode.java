package org.secretfs.failure;

/**
 * A stable failure code. Each module lists its own in one enum with a range of numbers of its own:
 * crypto 1000, luks 2000, block 3000, attach 4000, audit 5000, keys 6000, agent 7000, keymanager
 * 8000, command line 9000. Numbers are never reused.
 */
public interface ErrorCode {
  /** The number, unique over all modules. */
  int number();

  /** The name in capitals, as in {@code HEADER_CORRUPT}. */
  String name();

  /** Who can act. */
  Kind kind();
}
