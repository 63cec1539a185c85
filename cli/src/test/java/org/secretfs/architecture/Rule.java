package org.secretfs.architecture;

import com.tngtech.archunit.lang.ArchRule;

/**
 * A rule and the class that was planted to break it.
 *
 * @param planted name below the planted root package, such as {@code luks.Downloads}
 */
record Rule(ArchRule rule, String planted) {
  @Override
  public String toString() {
    return rule.getDescription();
  }
}
