package org.secretfs.nbd.server;

import java.util.List;

/**
 * The exports that a server offers. Called by many threads at once.
 *
 * <p>An export that a client may not use is to be unknown to it: {@link ExportRefusal#UNKNOWN}.
 */
public interface ExportCatalog {
  /** A line of the list of exports. */
  record Entry(String name, String description) {}

  /** The exports that this client may see. */
  List<Entry> list(ClientIdentity client);

  /**
   * Opens an export for one connection; may take as long as opening its volume takes. Also called
   * for a client that only asks for an export's size, and closed again at once.
   *
   * @param name at most 4096 bytes, the empty string for the default export
   * @throws ExportRefusedException if this client does not get it
   */
  Export open(String name, ClientIdentity client) throws ExportRefusedException;
}
