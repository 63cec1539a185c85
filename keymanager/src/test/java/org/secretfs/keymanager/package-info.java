/** Tests of the key server, through HTTP wherever a client would see it. */
@NullMarked
package org.secretfs.keymanager;

import org.jspecify.annotations.NullMarked;
