package org.secretfs.proxy;

import java.util.concurrent.atomic.AtomicBoolean;
import org.secretfs.block.BlockDevice;
import org.secretfs.nbd.server.ClientIdentity;
import org.secretfs.nbd.server.ClientPresence;
import org.secretfs.nbd.server.Export;

/** One client's hold on an export. */
final class ExportHold implements Export {
  private final ManagedExport export;
  private final GatedVolume volume;
  private final ClientIdentity client;
  private final AtomicBoolean open = new AtomicBoolean(true);

  ExportHold(ManagedExport export, GatedVolume volume, ClientIdentity client) {
    this.export = export;
    this.volume = volume;
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
    return device(() -> true);
  }

  @Override
  public BlockDevice device(ClientPresence connection) {
    return new ClientDevice(volume, connection);
  }

  @Override
  public boolean isReadOnly() {
    return export.spec().readOnly();
  }

  @Override
  public boolean takesTrims() {
    return export.spec().discards() && !export.spec().readOnly();
  }

  @Override
  public boolean zeroesMayPunch() {
    return export.spec().zeroesMayPunch();
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
