package org.secretfs.crypto.memory;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks code that takes a heap copy of a secret, and says why it must. */
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR, ElementType.TYPE})
public @interface BorrowsSecret {
  /** Why no way without a heap copy would do. */
  String because();
}
