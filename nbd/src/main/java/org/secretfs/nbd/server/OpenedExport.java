package org.secretfs.nbd.server;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The export that a negotiation looked at last, so that it is opened once. */
final class OpenedExport implements AutoCloseable {
  private final ExportCatalog catalog;
  private @Nullable Export export;
  private @Nullable String name;

  OpenedExport(ExportCatalog catalog) {
    this.catalog = catalog;
  }

  /** Opens it, unless it is the one opened last. */
  Export open(String wanted, ClientIdentity client) throws ExportRefusedException {
    Export opened = export;
    if (opened != null && Objects.equals(name, wanted)) {
      return opened;
    }
    close();
    Export fresh = catalog.open(wanted, client);
    export = fresh;
    name = wanted;
    return fresh;
  }

  /** Hands the export over; closing this does not close it any more. */
  void release() {
    export = null;
  }

  @Override
  public void close() {
    Export opened = export;
    export = null;
    if (opened != null) {
      opened.close();
    }
  }
}
