package org.secretfs.keys;

import java.io.InputStream;
import java.net.URI;
import java.util.Optional;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/**
 * Notes where a client's requests go, for messages, and bounds the size of answers: the library
 * would read an answer of any length into memory.
 */
final class EndpointWitness implements ExecutionInterceptor {
  static final int MOST_ANSWER_BYTES = 1 << 20;

  private volatile String endpoint = "an endpoint not yet known";

  String endpoint() {
    return endpoint;
  }

  @Override
  public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes ignored) {
    URI uri = context.httpRequest().getUri();
    endpoint = "%s://%s".formatted(uri.getScheme(), uri.getRawAuthority());
  }

  @Override
  public Optional<InputStream> modifyHttpResponseContent(
      Context.ModifyHttpResponse context, ExecutionAttributes ignored) {
    return context.responseBody().map(body -> new BoundedInputStream(body, MOST_ANSWER_BYTES));
  }
}
