package org.secretfs.cli.process;

import java.lang.reflect.Proxy;

/**
 * Hears of SIGHUP. The JDK offers signals by its module {@code jdk.unsupported} only, whose use by
 * name the compiler warns of in a way that cannot be silenced; hence by reflection.
 */
public final class Signals {
  private Signals() {}

  /**
   * Runs something at each SIGHUP, on a thread of its own.
   *
   * @return whether this Java lets it
   */
  public static boolean onHangup(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  Thread.ofPlatform().name("hangup").start(action);
                }
                return null;
              });
      Object hangup = signal.getConstructor(String.class).newInstance("HUP");
      signal.getMethod("handle", signal, handler).invoke(null, hangup, ours);
      return true;
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      return false;
    }
  }
}
