package org.secretfs.crypto;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A sector cipher that starts with a provider that loads quickly, and goes over to the fastest when
 * that is known. Asks for it when it has seen so much that it is worth it.
 */
final class AdaptiveCipher implements SectorCipher {
  private final ProviderChoice choice;
  private final int sectorSize;
  private final SecretBuffer key;
  private final AtomicLong bytes = new AtomicLong();
  private volatile SectorCipher current;
  private volatile boolean settled;

  AdaptiveCipher(
      ProviderChoice choice, SectorCipherProvider first, SecretBuffer key, int sectorSize) {
    this.choice = choice;
    this.sectorSize = sectorSize;
    this.current = first.aesXts(key, sectorSize);
    this.key = key.slice(0, key.length());
  }

  @Override
  public int sectorSize() {
    return sectorSize;
  }

  @Override
  public String provider() {
    return current.provider();
  }

  @Override
  public void encrypt(MemorySegment data, long firstTweak) {
    run(SectorCipher::encrypt, data, firstTweak);
  }

  @Override
  public void decrypt(MemorySegment data, long firstTweak) {
    run(SectorCipher::decrypt, data, firstTweak);
  }

  @SuppressWarnings("ReferenceEquality") // asks whether it is the same one, not an equal one
  private void run(Request request, MemorySegment data, long firstTweak) {
    if (!settled && choice.isWorthwhile(bytes.addAndGet(data.byteSize()))) {
      consider();
    }
    SectorCipher cipher = current;
    try {
      request.run(cipher, data, firstTweak);
    } catch (IllegalStateException closed) {
      // A closed cipher leaves a request untouched, so its successor can do it.
      if (cipher == current) {
        throw closed;
      }
      request.run(current, data, firstTweak);
    }
  }

  private void consider() {
    choice.startMeasuring(sectorSize);
    choice.known(sectorSize).ifPresent(this::settle);
  }

  private synchronized void settle(List<SectorCipherProvider> ranking) {
    if (settled) {
      return;
    }
    SectorCipherProvider fastest = ProviderChoice.firstFor(key, ranking);
    SectorCipher previous = current;
    settled = true;
    if (!fastest.name().equals(previous.provider())) {
      current = fastest.aesXts(key, sectorSize);
      previous.close();
    }
    key.close();
  }

  @Override
  public synchronized void close() {
    settled = true;
    current.close();
    key.close();
  }

  @Override
  public String toString() {
    return current.toString();
  }

  @FunctionalInterface
  private interface Request {
    void run(SectorCipher cipher, MemorySegment data, long firstTweak);
  }
}
