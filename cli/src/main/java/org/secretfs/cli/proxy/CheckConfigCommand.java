package org.secretfs.cli.proxy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.secretfs.cli.config.ProxyYaml;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.CallObserver;
import org.secretfs.proxy.ExportSpec;
import org.secretfs.proxy.ProxyConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reads the configuration and says what it means. */
@Command(
    name = "check-config",
    mixinStandardHelpOptions = true,
    description = {
      "Reads the configuration and its certificates, and ends with 0 or with file, line and rule.",
      "Opens no backing, asks no key source and changes nothing.",
    })
final class CheckConfigCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private ProxyFile config = new ProxyFile();

  @Option(names = "--json", description = "Print facts as one JSON document.")
  private boolean json;

  CheckConfigCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws SecretfsException {
    ProxyConfig read = new ProxyYaml(config.path(), CallObserver.NONE).reread();
    if (json) {
      output.json(document(read));
    } else {
      read.server()
          .listeners()
          .forEach(l -> output.line("listens at %s, TLS %s", l.endpoint(), l.tls()));
      for (ExportSpec export : read.exports()) {
        output.line(
            "export %s: %s, key source '%s'%s",
            export.name(),
            export.backing().describe(),
            export.keySource().kind(),
            export.readOnly() ? ", read-only" : "");
      }
    }
    return ExitStatus.DONE;
  }

  private static ObjectNode document(ProxyConfig read) {
    ObjectNode document = Output.object();
    ArrayNode listeners = document.putArray("listeners");
    read.server()
        .listeners()
        .forEach(l ->
            listeners
                .addObject()
                .put("endpoint", l.endpoint().toString())
                .put("tls", l.tls().name().toLowerCase(java.util.Locale.ROOT)));
    ArrayNode exports = document.putArray("exports");
    for (ExportSpec export : read.exports()) {
      exports
          .addObject()
          .put("name", export.name())
          .put("backing", export.backing().describe())
          .put("key_source", export.keySource().kind())
          .put("read_only", export.readOnly());
    }
    return document;
  }
}
