@NullMarked
package org.secretfs.keymanager.policy;

import org.jspecify.annotations.NullMarked;
