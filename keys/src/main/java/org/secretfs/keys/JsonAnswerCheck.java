package org.secretfs.keys;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/**
 * Stops answers that are not JSON before the library's parser sees them: its exception quotes what
 * it could not parse, which can be the secret, and the library logs that exception.
 */
final class JsonAnswerCheck implements ExecutionInterceptor {
  private static final JsonFactory JSON = new JsonFactory();

  /**
   * Why an answer was stopped; says nothing of its content. A cause, as the library rebuilds its
   * exceptions.
   */
  static final class AnswerStopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    private AnswerStopped(String why) {
      super(why);
    }
  }

  @Override
  public Optional<InputStream> modifyHttpResponseContent(
      Context.ModifyHttpResponse context, ExecutionAttributes ignored) {
    return context.httpResponse().isSuccessful()
        ? context.responseBody().map(JsonAnswerCheck::checked)
        : context.responseBody();
  }

  private static InputStream checked(InputStream body) {
    byte[] answer = read(body);
    if (answer.length <= EndpointWitness.MOST_ANSWER_BYTES && isJson(answer)) {
      return new WipedOnceRead(answer);
    }
    Arrays.fill(answer, (byte) 0);
    AnswerStopped why =
        new AnswerStopped(
            answer.length > EndpointWitness.MOST_ANSWER_BYTES
                ? "answer of more than %d bytes".formatted(EndpointWitness.MOST_ANSWER_BYTES)
                : "answer of %d bytes is not JSON".formatted(answer.length));
    throw SdkClientException.builder().cause(why).build();
  }

  private static byte[] read(InputStream body) {
    try (body) {
      return body.readNBytes(EndpointWitness.MOST_ANSWER_BYTES + 1);
    } catch (IOException e) {
      throw RetryableException.builder().cause(e).build();
    }
  }

  private static boolean isJson(byte[] answer) {
    try (JsonParser parser = JSON.createParser(answer)) {
      @Nullable Object token = parser.nextToken();
      boolean something = token != null;
      while (token != null) {
        token = parser.nextToken();
      }
      return something;
    } catch (JsonProcessingException e) {
      return false;
    } catch (IOException e) {
      throw new AssertionError("reading from memory fails for JSON's reasons only", e);
    }
  }

  /** The answer for the library's parser; wiped once that has read it. */
  private static final class WipedOnceRead extends ByteArrayInputStream {
    private WipedOnceRead(byte[] answer) {
      super(answer);
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
      int got = super.read(target, offset, length);
      if (pos == count) {
        close();
      }
      return got;
    }

    @Override
    public void close() {
      Arrays.fill(buf, (byte) 0);
    }
  }
}
