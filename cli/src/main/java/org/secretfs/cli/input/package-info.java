/** Where secrets come from: standard input, descriptors, key files, the terminal. */
@NullMarked
package org.secretfs.cli.input;

import org.jspecify.annotations.NullMarked;
