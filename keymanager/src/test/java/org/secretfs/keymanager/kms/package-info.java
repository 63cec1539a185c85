/** Tests of the API's parts. */
@NullMarked
package org.secretfs.keymanager.kms;

import org.jspecify.annotations.NullMarked;
