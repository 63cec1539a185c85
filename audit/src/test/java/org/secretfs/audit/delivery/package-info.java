@NullMarked
package org.secretfs.audit.delivery;

import org.jspecify.annotations.NullMarked;
