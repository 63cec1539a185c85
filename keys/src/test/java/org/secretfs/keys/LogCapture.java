package org.secretfs.keys;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.slf4j.LoggerFactory;

/** Everything that anybody logs while it is open, at every level, SLF4J and the JDK's own. */
final class LogCapture implements AutoCloseable {
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Level before = root.getLevel();
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
  private final java.util.logging.Logger jdk = java.util.logging.Logger.getLogger("sun.net");
  private final List<String> jdkLines = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public synchronized void publish(LogRecord logged) {
          jdkLines.add(logged.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  LogCapture() {
    appender.start();
    root.addAppender(appender);
    root.setLevel(Level.TRACE);
    jdk.addHandler(handler);
    jdk.setLevel(java.util.logging.Level.ALL);
    jdk.setUseParentHandlers(false);
  }

  /** All that was logged by SLF4J. */
  String text() {
    StringBuilder all = new StringBuilder();
    for (ILoggingEvent event : List.copyOf(appender.list)) {
      all.append(event.getLoggerName()).append(": ").append(event.getFormattedMessage());
      if (event.getThrowableProxy() != null) {
        all.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
      all.append('\n');
    }
    return all.toString();
  }

  /** All that the JDK's network classes logged. */
  String jdkText() {
    return String.join("\n", List.copyOf(jdkLines));
  }

  static String stackTrace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Override
  public void close() {
    root.setLevel(before);
    root.detachAppender(appender);
    jdk.removeHandler(handler);
    jdk.setLevel(null);
    jdk.setUseParentHandlers(true);
  }
}
