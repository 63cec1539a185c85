@NullMarked
package org.secretfs.keymanager.identity;

import org.jspecify.annotations.NullMarked;
