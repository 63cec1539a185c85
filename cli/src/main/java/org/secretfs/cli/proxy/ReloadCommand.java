package org.secretfs.cli.proxy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.proxy.AdminRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Makes the exports what the configuration file now says. */
@Command(
    name = "reload",
    mixinStandardHelpOptions = true,
    description = {
      "Makes the exports of a running proxy what its configuration file now says.",
      "Exports that changed are drained and replaced; those added by command stay. What is not",
      "about exports needs a restart, and the answer says so.",
    })
final class ReloadCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private AdminOptions proxy = new AdminOptions();

  ReloadCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws SecretfsException {
    JsonNode answer = proxy.send(AdminRequest.of(AdminRequest.Verb.RELOAD));
    if (proxy.json()) {
      output.json(answer);
    } else {
      answer.path("removed").forEach(name -> output.line("removed %s", name.asText()));
      answer.path("added").forEach(name -> output.line("added %s", name.asText()));
      answer
          .path("failed")
          .forEach(failed ->
              output.line(
                  "added %s, which cannot be opened: %s",
                  failed.path("export").asText(), failed.path("message").asText()));
      if (answer.path("restart_needed").asBoolean()) {
        output.line("other settings changed: they take effect at the next start");
      }
    }
    return ExitStatus.DONE;
  }
}
