package org.secretfs.nbd.server;

/**
 * How a listener treats TLS.
 *
 * @spec NBD doc/proto.md, "TLS support", "Server-side requirements"
 */
public enum TlsMode {
  /** NOTLS: refused. */
  OFF,
  /** SELECTIVETLS: the client may; the catalog refuses exports that demand it. */
  ALLOWED,
  /** FORCEDTLS: nothing else is answered before. */
  REQUIRED
}
