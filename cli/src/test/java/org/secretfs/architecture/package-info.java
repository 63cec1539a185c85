/** The rules that the whole product's classes obey, and classes planted to break each of them. */
@NullMarked
package org.secretfs.architecture;

import org.jspecify.annotations.NullMarked;
