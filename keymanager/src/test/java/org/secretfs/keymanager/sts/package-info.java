@NullMarked
package org.secretfs.keymanager.sts;

import org.jspecify.annotations.NullMarked;
