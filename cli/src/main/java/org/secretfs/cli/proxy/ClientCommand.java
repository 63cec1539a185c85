package org.secretfs.cli.proxy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.secretfs.attach.VolumeName;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.proxy.ClientDevices.Attached;
import org.secretfs.failure.SecretfsException;
import org.secretfs.nbd.client.NbdUri;
import org.secretfs.proxy.ClientTls;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The client's side: exports as block devices of this machine. */
@Command(
    name = "client",
    mixinStandardHelpOptions = true,
    description = {
      "Attaches exports of a proxy, or of any NBD server, to this machine as block devices: by the",
      "kernel's NBD client where it has one, or else through FUSE and a loop device.",
    },
    subcommands = {
      ClientCommand.Attach.class,
      ClientCommand.Detach.class,
      ClientCommand.ListAttached.class,
    },
    synopsisSubcommandLabel = "COMMAND")
final class ClientCommand {
  private ClientCommand() {}

  /** What all of them take. */
  static final class Place {
    @Option(
        names = "--runtime-directory",
        paramLabel = "DIR",
        defaultValue = "/run/secretfs-client",
        description = "Where it is noted what is attached (default: ${DEFAULT-VALUE}).")
    private Path runtime = Path.of("/run/secretfs-client");

    @Option(names = "--json", description = "Print facts as one JSON document.")
    private boolean json;

    ClientDevices devices() {
      return new ClientDevices(runtime.toAbsolutePath().normalize());
    }

    boolean json() {
      return json;
    }
  }

  private static ObjectNode document(Attached attached) {
    ObjectNode document =
        Output.object()
            .put("name", attached.volume().volumeName())
            .put("device", attached.volume().device().toString())
            .put("kind", attached.volume().kind())
            .put("export", attached.uri())
            .put("healthy", attached.volume().healthy());
    attached.volume().unhealthyBecause().ifPresent(why -> document.put("problem", why));
    ArrayNode mounted = document.putArray("mounted_on");
    attached.mountedOn().forEach(directory -> mounted.add(directory.toString()));
    return document;
  }

  private static void print(Output output, Attached attached) {
    output.line(
        "%-16s %-12s %-7s %s%s%s",
        attached.volume().volumeName(),
        attached.volume().device(),
        attached.volume().kind(),
        attached.uri(),
        attached.mountedOn().isEmpty() ? "" : "  on " + attached.mountedOn().getFirst(),
        attached.volume().unhealthyBecause().map(why -> "  UNHEALTHY: " + why).orElse(""));
  }

  /** The files for TLS. */
  static final class TlsOptions {
    @Option(
        names = "--authorities",
        paramLabel = "FILE",
        description = "Whom the server's certificate must come from, in PEM.")
    private @Nullable Path authorities;

    @Option(
        names = "--certificate",
        paramLabel = "FILE",
        description = "This client's certificate, in PEM.")
    private @Nullable Path certificate;

    @Option(
        names = "--key",
        paramLabel = "FILE",
        description = "Its private key: PKCS #8 in PEM, without a passphrase.")
    private @Nullable Path key;

    @Option(
        names = "--server-name",
        paramLabel = "NAME",
        description = "The name that the server's certificate is for (default: the URI's host).")
    private @Nullable String serverName;

    Optional<ClientTls> chosen() {
      ClientTls files =
          new ClientTls(
              absolute(authorities),
              absolute(certificate),
              absolute(key),
              Optional.ofNullable(serverName));
      return files.equals(ClientTls.DEFAULT) ? Optional.empty() : Optional.of(files);
    }

    private static Optional<Path> absolute(@Nullable Path file) {
      return Optional.ofNullable(file).map(f -> f.toAbsolutePath().normalize());
    }
  }

  /** Attaches an export. */
  @Command(
      name = "attach",
      mixinStandardHelpOptions = true,
      description = {
        "Attaches an export as a block device, and with --mount its file system. The device stays",
        "when this command ends. While the server is gone, requests wait for --patience, and then",
        "fail; it is connected to again by itself.",
      })
  static final class Attach implements Callable<Integer> {
    private final Output output;
    @Mixin private Place place = new Place();
    @Mixin private TlsOptions tls = new TlsOptions();

    @Parameters(
        paramLabel = "URI",
        description = {
          "nbd://HOST[:PORT]/EXPORT or nbd+unix:///EXPORT?socket=/PATH; with nbds:// or",
          "nbds+unix:// under TLS.",
        })
    private String uri = "";

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "Its name on this machine (default: the export's).")
    private @Nullable String name;

    @Option(
        names = "--mount",
        paramLabel = "DIR",
        description = "Mount its file system there; the directory is made if it is missing.")
    private @Nullable Path mount;

    @Option(names = "--read-only", description = "Write nothing.")
    private boolean readOnly;

    @Option(
        names = "--via",
        paramLabel = "WAY",
        defaultValue = "auto",
        description = "auto (default), kernel or fuse: whose NBD client is used.")
    private ClientDevices.Way way = ClientDevices.Way.AUTO;

    @Option(
        names = "--sector-size",
        paramLabel = "BYTES",
        defaultValue = "512",
        description = "The device's logical sectors: 512 (default), 1024, 2048 or 4096.")
    private int sectorSize = 512;

    @Option(
        names = "--connections",
        paramLabel = "N",
        defaultValue = "4",
        description = "At most, if the server says that several are safe; FUSE only (default 4).")
    private int connections = 4;

    @Option(
        names = "--patience",
        paramLabel = "SECONDS",
        defaultValue = "30",
        description = "How long requests wait for a server that is gone: 1 to 600 (default 30).")
    private int patience = 30;

    @Option(
        names = "--trust-server",
        description = {
          "The server keeps what it acknowledged, even if it is restarted. Without this, flushes",
          "fail after a connection was lost with unflushed writes. The kernel's client always",
          "trusts it.",
        })
    private boolean trustServer;

    Attach(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws SecretfsException {
      RemoteExport export = export();
      ClientDevices devices = place.devices();
      Attached attached = devices.attach(localName(), export, way, sectorSize, readOnly);
      if (mount != null) {
        attached = mounted(devices, attached, mount);
      }
      if (place.json()) {
        output.json(document(attached));
      } else {
        print(output, attached);
      }
      return ExitStatus.DONE;
    }

    private Attached mounted(ClientDevices devices, Attached attached, Path directory)
        throws SecretfsException {
      boolean done = false;
      try {
        Attached mounted =
            devices.mount(attached, directory.toAbsolutePath().normalize(), readOnly);
        done = true;
        return mounted;
      } finally {
        if (!done) {
          devices.detach(attached.volume().volumeName());
        }
      }
    }

    private RemoteExport export() throws CliException {
      requireBetween("--patience", patience, 1, 600);
      requireBetween("--connections", connections, 1, 16);
      requireBetween("--sector-size", sectorSize, 512, 4096);
      if (Integer.bitCount(sectorSize) != 1) {
        throw usage("--sector-size %d: must be a power of two".formatted(sectorSize));
      }
      try {
        Optional<ClientTls> files = tls.chosen();
        ClientTls.requireFitting(NbdUri.parse(uri), files);
        return new RemoteExport(uri, files, connections, Duration.ofSeconds(patience), trustServer);
      } catch (IllegalArgumentException e) {
        throw usage("'%s' %s".formatted(uri, e.getMessage()));
      }
    }

    private static void requireBetween(String option, int value, int least, int most)
        throws CliException {
      if (value < least || value > most) {
        throw usage("%s %d: must be %d to %d".formatted(option, value, least, most));
      }
    }

    private static CliException usage(String message) {
      return new CliException(CliError.USAGE_WRONG, message);
    }

    private VolumeName localName() throws CliException {
      String chosen = name == null ? NbdUri.parse(uri).exportName().toLowerCase(Locale.ROOT) : name;
      if (!VolumeName.isOne(chosen)) {
        throw usage(
            "'%s' is no name: 1 to 64 of a-z, 0-9, dot, underscore, hyphen; say one with --name"
                .formatted(chosen));
      }
      return VolumeName.of(chosen);
    }
  }

  /** Detaches an export. */
  @Command(
      name = "detach",
      mixinStandardHelpOptions = true,
      description = {
        "Unmounts an attached export, writes what is to be written, and takes the device away.",
        "Also cleans up after a crash. May be repeated.",
      })
  static final class Detach implements Callable<Integer> {
    private final Output output;
    @Mixin private Place place = new Place();

    @Parameters(paramLabel = "NAME", description = "As it was attached.")
    private String name = "";

    Detach(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws SecretfsException {
      if (!VolumeName.isOne(name)) {
        throw new CliException(CliError.USAGE_WRONG, "'%s' is no name".formatted(name));
      }
      Optional<Attached> present = place.devices().detach(name);
      if (place.json()) {
        output.json(Output.object().put("name", name).put("was_attached", present.isPresent()));
      } else {
        output.line("%s: %s", name, present.isPresent() ? "detached" : "was not attached");
      }
      return ExitStatus.DONE;
    }
  }

  /** Lists attached exports. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the attached exports, where they are mounted and how they fare.")
  static final class ListAttached implements Callable<Integer> {
    private final Output output;
    @Mixin private Place place = new Place();

    ListAttached(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() {
      ArrayNode all = Output.JSON.createArrayNode();
      for (Attached attached : place.devices().all()) {
        all.add(document(attached));
        if (!place.json()) {
          print(output, attached);
        }
      }
      if (place.json()) {
        output.json(Output.object().set("attached", all));
      }
      return ExitStatus.DONE;
    }
  }
}
