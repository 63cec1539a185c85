package org.secretfs.cli.process;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Hears of signals. The JDK offers them by its module {@code jdk.unsupported} only, whose use by
 * name the compiler warns of in a way that cannot be silenced; hence by reflection.
 */
public final class Signals {
  private Signals() {}

  /** A signal that ends a process unless it is heard. */
  public enum Ending {
    HUP(1),
    INT(2),
    TERM(15);

    private static final int STATUS_BASE = 128;

    private final int number;

    Ending(int number) {
      this.number = number;
    }

    /** The exit status of a process that the signal ended, as shells have it. */
    public int exitStatus() {
      return STATUS_BASE + number;
    }
  }

  /**
   * Waits for the first signal that would end the process. From then on, and once closed, signals
   * do what they did before: a second one ends the process at once.
   */
  public static final class Watch implements AutoCloseable {
    private final AtomicReference<@Nullable Ending> first = new AtomicReference<>();
    private final List<Runnable> undo = new ArrayList<>();

    private void begin() {
      for (Ending signal : Ending.values()) {
        Handling.replace(signal.name(), () -> heard(signal)).ifPresent(undo::add);
      }
    }

    private void heard(Ending signal) {
      if (first.compareAndSet(null, signal)) {
        close();
      }
    }

    /** The signal that came first; empty while none came. */
    public Optional<Ending> heard() {
      return Optional.ofNullable(first.get());
    }

    @Override
    public void close() {
      List<Runnable> left;
      synchronized (undo) {
        left = List.copyOf(undo);
        undo.clear();
      }
      left.forEach(Runnable::run);
    }
  }

  /** Watches until closed. Where this Java lets nobody hear of signals, none is ever heard. */
  public static Watch watch() {
    Watch watch = new Watch();
    synchronized (watch.undo) {
      watch.begin();
    }
    return watch;
  }

  /**
   * Runs something at each SIGHUP, on a thread of its own.
   *
   * @return whether this Java lets it
   */
  public static boolean onHangup(Runnable action) {
    return Handling.replace(
            Ending.HUP.name(), () -> Thread.ofPlatform().name("hangup").start(action))
        .isPresent();
  }

  /** The JDK's own classes. */
  private static final class Handling {
    private Handling() {}

    /** Returns what puts back the handler before; empty if this Java does not let it. */
    static Optional<Runnable> replace(String name, Runnable action) {
      try {
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object ours =
            Proxy.newProxyInstance(
                handler.getClassLoader(),
                new Class<?>[] {handler},
                (self, method, arguments) -> {
                  if (method.getName().equals("handle")) {
                    action.run();
                  }
                  return null;
                });
        Object before = set(name, ours);
        return Optional.of(() -> putBack(name, before));
      } catch (ReflectiveOperationException | IllegalArgumentException e) {
        return Optional.empty();
      }
    }

    private static Object set(String name, Object handler) throws ReflectiveOperationException {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Object one = signal.getConstructor(String.class).newInstance(name);
      return signal
          .getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
          .invoke(null, one, handler);
    }

    private static void putBack(String name, Object before) {
      try {
        Object _ = set(name, before);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("SIG%s was heard of before".formatted(name), e);
      }
    }
  }
}
