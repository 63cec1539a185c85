@NullMarked
package org.secretfs.keymanager.s3;

import org.jspecify.annotations.NullMarked;
