/** The STS API: who one is, and temporary credentials. */
@NullMarked
package org.secretfs.keymanager.sts;

import org.jspecify.annotations.NullMarked;
