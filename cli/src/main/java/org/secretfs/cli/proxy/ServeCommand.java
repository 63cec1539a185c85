package org.secretfs.cli.proxy;

import java.time.Clock;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.secretfs.cli.config.ProxyYaml;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Logs;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.process.Signals;
import org.secretfs.cli.process.SystemdNotify;
import org.secretfs.failure.SecretfsException;
import org.secretfs.proxy.ProxyAudit;
import org.secretfs.proxy.ProxyConfig;
import org.secretfs.proxy.ProxyServer;
import org.secretfs.proxy.SystemBackings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs the proxy. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = {
      "Runs the proxy in the foreground until SIGTERM; tells systemd when it is ready.",
      "SIGHUP reads the configuration again: exports are added, removed and replaced.",
      "At SIGTERM requests under way end, everything is flushed, and the keys are wiped.",
    })
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  private final Output output;

  @Mixin private ProxyFile config = new ProxyFile();

  @Option(
      names = "--log",
      paramLabel = "FORMAT",
      defaultValue = "json",
      description = "What the log on standard error looks like: json (default) or text.")
  private Logs.Format log = Logs.Format.JSON;

  ServeCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws SecretfsException, InterruptedException {
    Logs.configure(log);
    Clock clock = Clock.systemUTC();
    ProxyAudit audit = ProxyYaml.audit(config.path(), clock);
    ProxyYaml source = new ProxyYaml(config.path(), audit);
    ProxyConfig read = source.reread();
    SystemdNotify systemd = SystemdNotify.fromEnvironment();
    ProxyServer server =
        ProxyServer.start(read, source, new SystemBackings(read.runtimeDirectory()), audit, clock);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, systemd), "drain"));
    boolean _ = Signals.onHangup(() -> reload(server));
    systemd.ready("serving %d exports".formatted(read.exports().size()));
    output.note("proxy serves %d exports", read.exports().size());
    server.httpAddress().ifPresent(http -> output.note("metrics at http:/%s/metrics", http));
    new CountDownLatch(1).await();
    return ExitStatus.DONE;
  }

  private static void reload(ProxyServer server) {
    try {
      server.reload();
    } catch (SecretfsException e) {
      LOG.error("the configuration was not reloaded: {}", e.getMessage());
    }
  }

  private static void stop(ProxyServer server, SystemdNotify systemd) {
    systemd.stopping();
    server.close();
  }
}
