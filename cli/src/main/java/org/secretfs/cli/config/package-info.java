/** Configuration files: YAML read strictly, with the line of every mistake. */
@NullMarked
package org.secretfs.cli.config;

import org.jspecify.annotations.NullMarked;
