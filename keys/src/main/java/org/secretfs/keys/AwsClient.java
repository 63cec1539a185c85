package org.secretfs.keys;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/** A service client that is built at its first use: what needs no service loads no library. */
final class AwsClient<C extends SdkAutoCloseable> implements AutoCloseable {
  /** Builds the client. */
  @FunctionalInterface
  interface Builder<C> {
    C build(EndpointWitness witness) throws KeySourceException;
  }

  private final Builder<C> builder;
  private final EndpointWitness witness = new EndpointWitness();
  private @Nullable C client;

  AwsClient(Builder<C> builder) {
    this.builder = builder;
  }

  synchronized C get() throws KeySourceException {
    if (client == null) {
      client = builder.build(witness);
    }
    return client;
  }

  /** Where requests go, such as {@code https://kms.eu-west-1.amazonaws.com}. */
  String endpoint() {
    return witness.endpoint();
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
      client = null;
    }
  }
}
