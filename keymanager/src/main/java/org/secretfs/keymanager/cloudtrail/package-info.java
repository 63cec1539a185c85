/** The part of the CloudTrail API that reads: trails, public keys, events. */
@NullMarked
package org.secretfs.keymanager.cloudtrail;

import org.jspecify.annotations.NullMarked;
