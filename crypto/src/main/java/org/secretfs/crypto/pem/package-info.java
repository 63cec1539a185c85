/** Certificates and private keys as administrators keep them: in PEM files. */
@NullMarked
package org.secretfs.crypto.pem;

import org.jspecify.annotations.NullMarked;
