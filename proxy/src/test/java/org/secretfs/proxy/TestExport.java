package org.secretfs.proxy;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.BorrowedBlockDevice;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.VolumeId;
import org.secretfs.keys.testing.FixedKeySource;
import org.secretfs.luks.ManifestRule;
import org.secretfs.nbd.server.ClientIdentity;
import org.secretfs.proxy.ExportSpec.OnSuspend;

/** Specifications of exports for tests, with one thing changed at a time. */
final class TestExport {
  static final ClientIdentity CLIENT =
      new ClientIdentity("test", Optional.empty(), false, Optional.empty());

  BackingSpec backing = new BackingSpec.NbdBacking(URI.create("nbd://memory"));
  Optional<BackingSpec> header = Optional.empty();
  KeySource keys = FixedKeySource.empty();
  boolean create = true;
  boolean readOnly;
  boolean atStart;
  boolean zeroesMayPunch;
  OnSuspend onSuspend = OnSuspend.WAIT;
  AllowedClients clients = AllowedClients.ANYONE;
  RateLimit rate = RateLimit.NONE;
  KeyCheckSpec check = new KeyCheckSpec(Duration.ZERO, 0, Duration.ZERO);

  ExportSpec named(String name) {
    return new ExportSpec(
        new VolumeId(name),
        backing,
        header,
        create,
        OptionalInt.empty(),
        ManifestRule.REQUIRED,
        keys,
        clients,
        readOnly,
        false,
        zeroesMayPunch,
        rate,
        atStart,
        onSuspend,
        check,
        name);
  }

  /** Backings in memory by their description; what is closed there can be opened again. */
  static final class Memory implements Backings {
    private final Map<String, BlockDevice> devices = new ConcurrentHashMap<>();
    private final Map<String, String> owners = new ConcurrentHashMap<>();

    Memory with(String name, BlockDevice device) {
      devices.put(name, device);
      return this;
    }

    @Override
    public BlockDevice open(BackingSpec backing, boolean readOnly, boolean make)
        throws IOException {
      BlockDevice device = devices.get(backing.describe());
      if (device == null) {
        throw new IOException("no such backing");
      }
      return new BorrowedBlockDevice(device);
    }

    @Override
    public Locks lock(ExportSpec export) throws ProxyException {
      String backing = export.backing().describe();
      if (owners.putIfAbsent(backing, export.name()) != null) {
        throw new ProxyException(ProxyError.BACKING_IN_USE, backing + " is in use");
      }
      return () -> owners.remove(backing);
    }

    @Override
    public int safeSectorSize(BackingSpec backing) {
      return 512;
    }
  }
}
