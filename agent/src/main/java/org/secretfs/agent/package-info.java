/** A volume's life on an instance, as a state machine whose every step can be repeated. */
@NullMarked
package org.secretfs.agent;

import org.jspecify.annotations.NullMarked;
