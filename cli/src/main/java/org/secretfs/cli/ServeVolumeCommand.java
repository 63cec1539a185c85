package org.secretfs.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.util.concurrent.Callable;
import org.secretfs.attach.VolumeServer;
import picocli.CommandLine.Command;

/** The process behind a FUSE attachment; started by {@code up}, never by people. */
@Command(
    name = ServeVolumeCommand.NAME,
    hidden = true,
    description = "Serves an opened volume as one file over FUSE; reads its key from stdin.")
final class ServeVolumeCommand implements Callable<Integer> {
  static final String NAME = "serve-volume";

  @Override
  public Integer call() {
    // Not System.in: its buffer would keep a copy of the key.
    return VolumeServer.run(new FileInputStream(FileDescriptor.in).getChannel(), System.out);
  }
}
