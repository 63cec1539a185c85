/**
 * The HTTP client under the AWS library: the JDK's own, because it starts fast and logs nothing.
 */
@NullMarked
package org.secretfs.keys.http;

import org.jspecify.annotations.NullMarked;
