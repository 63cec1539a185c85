package org.secretfs.nbd;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.secretfs.block.BlockDevice;
import org.secretfs.nbd.server.BlockSizes;
import org.secretfs.nbd.server.ClientIdentity;
import org.secretfs.nbd.server.Export;
import org.secretfs.nbd.server.ExportCatalog;
import org.secretfs.nbd.server.ExportRefusal;
import org.secretfs.nbd.server.ExportRefusedException;

/** A catalog whose exports a test sets up. */
public final class TestExports implements ExportCatalog {
  private final Map<String, Traits> exports = new TreeMap<>();
  public final AtomicInteger held = new AtomicInteger();
  private volatile ClientIdentity lastClient;

  /** What an export is like. */
  public record Traits(
      BlockDevice device,
      boolean readOnly,
      BlockSizes sizes,
      boolean trims,
      boolean punches,
      boolean multi,
      boolean needsTls) {
    public Traits readOnlyToo() {
      return new Traits(device, true, sizes, trims, punches, multi, needsTls);
    }

    public Traits with(BlockSizes other) {
      return new Traits(device, readOnly, other, trims, punches, multi, needsTls);
    }

    public Traits trimming() {
      return new Traits(device, readOnly, sizes, true, punches, multi, needsTls);
    }

    public Traits punching() {
      return new Traits(device, readOnly, sizes, trims, true, multi, needsTls);
    }

    public Traits singleConnection() {
      return new Traits(device, readOnly, sizes, trims, punches, false, needsTls);
    }

    public Traits tlsOnly() {
      return new Traits(device, readOnly, sizes, trims, punches, multi, true);
    }
  }

  public static TestExports of(String name, BlockDevice device) {
    return new TestExports().add(name, device, traits -> traits);
  }

  public TestExports add(String name, BlockDevice device, UnaryOperator<Traits> change) {
    Traits plain = new Traits(device, false, BlockSizes.DEFAULT, false, false, true, false);
    exports.put(name, change.apply(plain));
    return this;
  }

  public ClientIdentity lastClient() {
    return lastClient;
  }

  @Override
  public List<Entry> list(ClientIdentity client) {
    return exports.keySet().stream().map(name -> new Entry(name, "test of " + name)).toList();
  }

  @Override
  public Export open(String name, ClientIdentity client) throws ExportRefusedException {
    lastClient = client;
    Traits traits = exports.get(name);
    if (traits == null) {
      throw new ExportRefusedException(ExportRefusal.UNKNOWN, "no such export");
    }
    if (traits.needsTls() && !client.tls()) {
      throw new ExportRefusedException(ExportRefusal.TLS_REQUIRED, "over TLS only");
    }
    held.incrementAndGet();
    return new TestExport(name, traits);
  }

  private final class TestExport implements Export {
    private final String name;
    private final Traits traits;

    private TestExport(String name, Traits traits) {
      this.name = name;
      this.traits = traits;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String description() {
      return "test of " + name;
    }

    @Override
    public BlockDevice device() {
      return traits.device();
    }

    @Override
    public boolean isReadOnly() {
      return traits.readOnly();
    }

    @Override
    public BlockSizes blockSizes() {
      return traits.sizes();
    }

    @Override
    public boolean takesTrims() {
      return traits.trims();
    }

    @Override
    public boolean zeroesMayPunch() {
      return traits.punches();
    }

    @Override
    public boolean isMultiConnection() {
      return traits.multi();
    }

    @Override
    public void close() {
      held.decrementAndGet();
    }
  }
}
