@NullMarked
package org.secretfs.cli.policy;

import org.jspecify.annotations.NullMarked;
