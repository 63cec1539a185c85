package org.secretfs.cli.proxy;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.secretfs.attach.DeviceServer;
import org.secretfs.block.BlockDevice;
import org.secretfs.cli.process.Wiring;
import org.secretfs.nbd.client.NbdBlockDevice;
import org.secretfs.proxy.ProxyException;
import picocli.CommandLine.Command;

/** The process behind an export that is attached through FUSE; never started by people. */
@Command(
    name = Wiring.SERVE_EXPORT,
    hidden = true,
    description = "Serves an export of an NBD server as one file over FUSE.")
public final class ServeExportCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return DeviceServer.run(
        new FileInputStream(FileDescriptor.in).getChannel(), System.out, ServeExportCommand::open);
  }

  private static BlockDevice open(List<String> description, boolean readOnly) throws IOException {
    try {
      return NbdBlockDevice.open(RemoteExport.of(description).target());
    } catch (ProxyException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
