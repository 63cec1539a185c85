package org.secretfs.keys;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** A {@code moto_server} of our own: an AWS that we did not write. One for all tests of a run. */
final class MotoServer implements AutoCloseable {
  static final String REGION = "eu-west-1";

  /** Hands the one server to tests that have a parameter of its type. */
  static final class Extension implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == MotoServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      Assumptions.assumeTrue(Commands.isOnPath("moto_server"), "moto_server is not on the PATH");
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.create(MotoServer.class))
          .computeIfAbsent(MotoServer.class, ignored -> new MotoServer(), MotoServer.class);
    }
  }

  private final int port = freePort();
  private final Process process;

  private MotoServer() {
    AwsCredentials.setInSystemProperties();
    try {
      process =
          new ProcessBuilder("moto_server", "-H", "127.0.0.1", "-p", String.valueOf(port))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      waitUntilItListens();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException("moto_server does not start", e);
    }
  }

  private void waitUntilItListens() throws InterruptedException {
    for (int attempt = 0; attempt < 600; attempt++) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException e) {
        if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
          throw new IllegalStateException("moto_server ended with " + process.exitValue(), e);
        }
      }
    }
    close();
    throw new IllegalStateException("moto_server does not listen after 60 s");
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  KmsSettings kms(String keyId, Map<String, String> context) {
    return new KmsSettings(
        keyId, Optional.of(REGION), Optional.of(endpoint()), context, CallLimits.DEFAULT);
  }

  S3Settings s3(String bucket) {
    return new S3Settings(
        bucket,
        "volumes/",
        Optional.of(REGION),
        Optional.of(endpoint()),
        Optional.empty(),
        CallLimits.DEFAULT);
  }

  /** Runs the AWS CLI against this server and returns its output. */
  String aws(String... arguments) throws IOException, InterruptedException {
    Assumptions.assumeTrue(Commands.isOnPath("aws"), "the AWS CLI is not on the PATH");
    List<String> command = new ArrayList<>(List.of("aws"));
    command.addAll(List.of(arguments));
    Commands.Result result = Commands.run(environment(), new byte[0], command);
    if (result.status() != 0) {
      throw new IOException(command + " failed: " + result.err());
    }
    return result.out().strip();
  }

  /** Returns the id of a new key. */
  String createKey() throws IOException, InterruptedException {
    return aws("kms", "create-key", "--query", "KeyMetadata.KeyId", "--output", "text");
  }

  private Map<String, String> environment() {
    return Map.of(
        "AWS_ACCESS_KEY_ID",
        AwsCredentials.ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY",
        AwsCredentials.SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION",
        REGION,
        "AWS_REGION",
        REGION,
        "AWS_ENDPOINT_URL",
        endpoint().toString(),
        "AWS_PAGER",
        "");
  }

  @Override
  public void close() {
    process.destroy();
  }
}
