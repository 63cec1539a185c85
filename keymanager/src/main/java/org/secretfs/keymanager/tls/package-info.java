/** TLS of the key manager: certificates that are renewed while it serves. */
@NullMarked
package org.secretfs.keymanager.tls;

import org.jspecify.annotations.NullMarked;
