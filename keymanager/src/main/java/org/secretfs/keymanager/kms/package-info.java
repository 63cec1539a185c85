/** The operations of the KMS API. */
@NullMarked
package org.secretfs.keymanager.kms;

import org.jspecify.annotations.NullMarked;
