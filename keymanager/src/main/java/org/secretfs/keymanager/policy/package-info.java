/** Policy documents and what they decide: pure, without a server, a store or a clock. */
@NullMarked
package org.secretfs.keymanager.policy;

import org.jspecify.annotations.NullMarked;
