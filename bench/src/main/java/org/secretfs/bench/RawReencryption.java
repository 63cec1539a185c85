package org.secretfs.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.ReencryptRun;

/**
 * Prints how many MiB per second of a file the engine reads, decrypts under one key, encrypts under
 * another and writes back, with as many threads as a re-encryption has and nothing that would
 * survive a crash: {@code FILE SECTOR_SIZE}. The file's content is lost.
 */
public final class RawReencryption {
  private static final int PIECE_BYTES = 1 << 20;

  private RawReencryption() {}

  public static void main(String[] args) throws Exception {
    int sectorSize = Integer.parseInt(args[1]);
    int threads = ReencryptRun.fastest().workers();
    try (FileBlockDevice device = FileBlockDevice.open(Path.of(args[0]));
        SecretBuffer before = SecretBuffer.allocate(64);
        SecretBuffer after = SecretBuffer.allocate(64)) {
      // Halves of a key must differ.
      before.segment().set(java.lang.foreign.ValueLayout.JAVA_BYTE, 0, (byte) 1);
      after.segment().set(java.lang.foreign.ValueLayout.JAVA_BYTE, 0, (byte) 2);
      try (SectorCipher old = SectorCiphers.of(CipherSpec.AES_XTS_PLAIN64, before, sectorSize);
          SectorCipher fresh = SectorCiphers.of(CipherSpec.AES_XTS_PLAIN64, after, sectorSize)) {
        long start = System.nanoTime();
        run(device, old, fresh, threads);
        device.flush();
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("%.1f%n", device.sizeBytes() / seconds / PIECE_BYTES);
      }
    }
  }

  private static void run(FileBlockDevice device, SectorCipher old, SectorCipher fresh, int threads)
      throws InterruptedException, ExecutionException {
    AtomicLong next = new AtomicLong();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            executor.submit(() -> {
              rewrite(device, old, fresh, next);
              return null;
            }));
      }
      for (Future<?> one : running) {
        Object _ = one.get();
      }
    }
  }

  private static void rewrite(
      FileBlockDevice device, SectorCipher old, SectorCipher fresh, AtomicLong next)
      throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES + 4096).alignedSlice(4096);
    long at = next.getAndAdd(PIECE_BYTES);
    while (at + PIECE_BYTES <= device.sizeBytes()) {
      device.read(piece.clear().limit(PIECE_BYTES), at);
      java.lang.foreign.MemorySegment bytes =
          java.lang.foreign.MemorySegment.ofBuffer(piece.clear().limit(PIECE_BYTES));
      old.decrypt(bytes, at / 512);
      fresh.encrypt(bytes, at / 512);
      device.write(piece.clear().limit(PIECE_BYTES), at);
      at = next.getAndAdd(PIECE_BYTES);
    }
  }
}
