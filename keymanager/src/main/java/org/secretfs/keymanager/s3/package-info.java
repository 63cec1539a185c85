/** Objects in buckets that are directories, and as much of the S3 API as they need. */
@NullMarked
package org.secretfs.keymanager.s3;

import org.jspecify.annotations.NullMarked;
