package org.secretfs.keymanager.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Keeps the secrets that were used last, off the heap. One that has to go while it is in use is
 * wiped when its last use ends. For several threads.
 *
 * @param <K> what names a secret
 */
public final class SecretCache<K> implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<K, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final int most;

  /**
   * Makes an empty one.
   *
   * @param most how many it keeps; each takes a page of locked memory
   */
  public SecretCache(int most) {
    this.most = most;
  }

  /** Finds a secret that is not kept. */
  @FunctionalInterface
  public interface Loader<X extends Exception> {
    /** Returns a new secret, which the cache closes. */
    SecretBuffer load() throws X;
  }

  /** What is done with a secret. */
  @FunctionalInterface
  public interface Use<T extends @Nullable Object, X extends Exception> {
    /** Uses a secret that is valid until this returns. */
    T apply(SecretBuffer secret) throws X;
  }

  /** Uses the secret named {@code key}. */
  public <T extends @Nullable Object, X extends Exception, Y extends Exception> T use(
      K key, Loader<X> loader, Use<T, Y> use) throws X, Y {
    Entry entry = acquire(key, loader);
    try {
      return use.apply(entry.secret);
    } finally {
      release(entry);
    }
  }

  private <X extends Exception> Entry acquire(K key, Loader<X> loader) throws X {
    lock.lock();
    try {
      Entry entry = entries.get(key);
      if (entry == null) {
        entry = new Entry(loader.load());
        entries.put(key, entry);
        dropEldest();
      }
      entry.uses++;
      return entry;
    } finally {
      lock.unlock();
    }
  }

  private void dropEldest() {
    if (entries.size() > most) {
      K eldest = entries.keySet().iterator().next();
      drop(eldest);
    }
  }

  private void drop(K key) {
    Entry entry = entries.remove(key);
    if (entry != null) {
      entry.dropped = true;
      entry.closeIfUnused();
    }
  }

  private void release(Entry entry) {
    lock.lock();
    try {
      entry.uses--;
      entry.closeIfUnused();
    } finally {
      lock.unlock();
    }
  }

  /** Forgets one. */
  public void forget(K key) {
    lock.lock();
    try {
      drop(key);
    } finally {
      lock.unlock();
    }
  }

  /** Forgets all. */
  @Override
  public void close() {
    lock.lock();
    try {
      new ArrayList<>(entries.keySet()).forEach(this::drop);
    } finally {
      lock.unlock();
    }
  }

  private static final class Entry implements AutoCloseable {
    private final SecretBuffer secret;
    private int uses;
    private boolean dropped;

    Entry(SecretBuffer secret) {
      this.secret = secret;
    }

    void closeIfUnused() {
      if (dropped && uses == 0) {
        close();
      }
    }

    @Override
    public void close() {
      secret.close();
    }
  }
}
