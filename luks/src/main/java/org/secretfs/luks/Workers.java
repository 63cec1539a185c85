package org.secretfs.luks;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A few threads for the chunks of a zone; with one, the caller's own does it all in order. */
final class Workers implements AutoCloseable {
  private final int count;
  private final @Nullable ExecutorService executor;

  Workers(int count) {
    this.count = count;
    this.executor =
        count == 1
            ? null
            : Executors.newFixedThreadPool(
                count, Thread.ofPlatform().daemon().name("reencrypt-", 0).factory());
  }

  boolean areSeveral() {
    return executor != null;
  }

  /** What is done with one chunk. */
  @FunctionalInterface
  interface Task {
    void run(int index) throws IOException;
  }

  /**
   * Runs the task for 0 to {@code tasks} - 1; returns when all ended, and throws what one threw.
   */
  void forEach(int tasks, Task task) throws IOException {
    if (executor == null || tasks == 1) {
      for (int i = 0; i < tasks; i++) {
        task.run(i);
      }
      return;
    }
    AtomicInteger next = new AtomicInteger();
    Callable<@Nullable Void> loop =
        () -> {
          for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
            task.run(i);
          }
          return null;
        };
    List<Callable<@Nullable Void>> loops = new ArrayList<>();
    for (int i = 0; i < Math.min(count, tasks); i++) {
      loops.add(loop);
    }
    join(executor, loops);
  }

  private static void join(ExecutorService executor, List<Callable<@Nullable Void>> loops)
      throws IOException {
    try {
      IOException failure = null;
      for (Future<@Nullable Void> future : executor.invokeAll(loops)) {
        try {
          future.get();
        } catch (ExecutionException e) {
          failure = failure == null ? asIo(e.getCause()) : failure;
        }
      }
      if (failure != null) {
        throw failure;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while data was moved");
    }
  }

  private static IOException asIo(@Nullable Throwable cause) {
    return switch (cause) {
      case IOException e -> e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> new IOException("data could not be moved", cause);
    };
  }

  @Override
  public void close() {
    if (executor != null) {
      executor.close();
    }
  }
}
