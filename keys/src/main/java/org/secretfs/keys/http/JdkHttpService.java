package org.secretfs.keys.http;

import java.time.Duration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.SdkHttpService;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * How the AWS library finds {@link JdkHttpClient} where it makes clients of its own, as for web
 * identity credentials.
 */
public final class JdkHttpService implements SdkHttpService {
  /** For the library's service loader. */
  public JdkHttpService() {}

  @Override
  public SdkHttpClient.Builder<?> createHttpClientBuilder() {
    return new Builder();
  }

  private static final class Builder implements SdkHttpClient.Builder<Builder> {
    @Override
    public SdkHttpClient buildWithDefaults(AttributeMap defaults) {
      AttributeMap all = defaults.merge(SdkHttpConfigurationOption.GLOBAL_HTTP_DEFAULTS);
      Duration connect = all.get(SdkHttpConfigurationOption.CONNECTION_TIMEOUT);
      Duration read = all.get(SdkHttpConfigurationOption.READ_TIMEOUT);
      return new JdkHttpClient(connect, read);
    }
  }
}
