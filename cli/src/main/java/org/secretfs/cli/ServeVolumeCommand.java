package org.secretfs.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.util.concurrent.Callable;
import org.secretfs.attach.VolumeServer;
import org.secretfs.cli.process.Wiring;
import picocli.CommandLine.Command;

/** The process behind a FUSE attachment; started by {@code up}, never by people. */
@Command(
    name = Wiring.SERVE_VOLUME,
    hidden = true,
    description = "Serves an opened volume as one file over FUSE; reads its key from stdin.")
final class ServeVolumeCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    // Not System.in: its buffer would keep a copy of the key.
    return VolumeServer.run(new FileInputStream(FileDescriptor.in).getChannel(), System.out);
  }
}
