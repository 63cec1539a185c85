package org.secretfs.cli.principal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.Callable;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.Administration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A command that lists records of one kind, a line each or all as one JSON document.
 *
 * @param <R> the record listed
 */
abstract class AdministrationList<R> implements Callable<Integer> {
  private final Output output;
  private final String plural;

  @Mixin private Administered keyManager = new Administered();

  @Option(names = "--json", description = "Print facts as one JSON document.")
  private boolean json;

  /**
   * @param plural what the records are called in JSON
   */
  AdministrationList(Output output, String plural) {
    this.output = output;
    this.plural = plural;
  }

  abstract List<R> records(Administration administration) throws SecretfsException;

  abstract ObjectNode document(Administration administration, R entry) throws SecretfsException;

  /** The line of a record for people, made of its document. */
  abstract String line(ObjectNode document);

  @Override
  public final Integer call() throws SecretfsException {
    ArrayNode documents = Output.JSON.createArrayNode();
    try (Administration administration = keyManager.open()) {
      for (R entry : records(administration)) {
        documents.add(document(administration, entry));
      }
    }
    if (json) {
      output.json(Output.object().set(plural, documents));
    } else {
      documents.forEach(document -> output.line("%s", line((ObjectNode) document)));
    }
    return ExitStatus.DONE;
  }

  /** Names in a field of a document, joined by commas. */
  static String joined(ObjectNode document, String field) {
    return String.join(
        ",", document.withArray(field).valueStream().map(node -> node.asText()).toList());
  }
}
