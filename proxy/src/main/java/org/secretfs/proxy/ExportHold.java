package org.secretfs.proxy;

import java.util.concurrent.atomic.AtomicBoolean;
import org.secretfs.block.BlockDevice;
import org.secretfs.nbd.server.ClientIdentity;
import org.secretfs.nbd.server.Export;

/** One client's hold on an export. */
final class ExportHold implements Export {
  private final ManagedExport export;
  private final GatedDevice device;
  private final ClientIdentity client;
  private final AtomicBoolean open = new AtomicBoolean(true);

  ExportHold(ManagedExport export, GatedDevice device, ClientIdentity client) {
    this.export = export;
    this.device = device;
    this.client = client;
  }

  ExportMetrics metrics() {
    return export.metrics();
  }

  @Override
  public String name() {
    return export.spec().name();
  }

  @Override
  public BlockDevice device() {
    return device;
  }

  @Override
  public boolean isReadOnly() {
    return export.spec().readOnly();
  }

  @Override
  public boolean takesTrims() {
    return export.spec().discards() && !export.spec().readOnly();
  }

  /** All connections share one device. */
  @Override
  public boolean isMultiConnection() {
    return true;
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      export.clientLeft();
    }
  }

  @Override
  public String toString() {
    return "%s for %s".formatted(name(), Clients.label(client));
  }
}
