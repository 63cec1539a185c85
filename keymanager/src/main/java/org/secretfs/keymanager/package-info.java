/**
 * The key server: speaks the AWS KMS API over HTTP, decides who may use which key, and writes an
 * audit record before any answer leaves.
 */
@NullMarked
package org.secretfs.keymanager;

import org.jspecify.annotations.NullMarked;
