/** AWS Signature Version 4: who signed a request. */
@NullMarked
package org.secretfs.keymanager.sigv4;

import org.jspecify.annotations.NullMarked;
