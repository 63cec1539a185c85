package org.secretfs.luks;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.kdf.BlockHasher;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.luks.ReencryptPlan.Zone;

/** Reads, hashes, transforms and writes zones of the data device, several chunks at once. */
final class ZoneMover implements AutoCloseable {
  private static final int TWEAK_UNIT_BYTES = 512;

  private final LuksStorage data;
  private final Workers workers;
  private final @Nullable SectorCipher decryption;
  private final @Nullable SectorCipher encryption;

  ZoneMover(LuksStorage data, ReencryptMetadata metadata, ReencryptKeys keys, Workers workers)
      throws LuksException {
    this.data = data;
    this.workers = workers;
    SectorCipher first = metadata.isDone() ? null : cipher(metadata.previous(), keys.oldKey());
    try {
      this.encryption = cipher(metadata.target(), keys.newKey());
    } catch (LuksException | RuntimeException e) {
      if (first != null) {
        first.close();
      }
      throw e;
    }
    this.decryption = first;
  }

  private static @Nullable SectorCipher cipher(VolumeSegment segment, Optional<VolumeKey> key)
      throws LuksException {
    if (!segment.isEncrypted()) {
      return null;
    }
    return open(segment, key.orElseThrow());
  }

  /** The cipher of a segment under a key; the caller closes it. */
  static SectorCipher open(VolumeSegment segment, VolumeKey key) throws LuksException {
    CipherSpec spec = segment.asCrypt().cipherSpec();
    if (!spec.takesKeyOf(key.length())) {
      throw new LuksException.UnsupportedFeature(
          "%s with a key of %d bits".formatted(spec, key.length() * Byte.SIZE));
    }
    return SectorCiphers.of(spec, key.secret(), segment.sectorSize());
  }

  /** Reads a zone's old bytes, and hashes them if that is how they are protected. */
  void load(ZoneBuffer buffer, VolumeSegment source, Zone zone, Resilience protection)
      throws IOException {
    buffer.prepare(zone, checksumBytes(protection, zone.lengthBytes()));
    workers.forEach(
        buffer.chunkCount(),
        i -> {
          data.read(buffer.view(i), source.offsetBytes() + at(i));
          if (protection.kind() == Resilience.Kind.CHECKSUM) {
            hash(buffer, i, protection);
          }
        });
  }

  private static int checksumBytes(Resilience protection, long lengthBytes) {
    if (protection.kind() != Resilience.Kind.CHECKSUM) {
      return 0;
    }
    long blocks = lengthBytes / protection.blockSize();
    return Math.toIntExact(blocks * protection.hash().orElseThrow().lengthBytes());
  }

  private static long at(int chunk) {
    return (long) chunk * ZoneBuffer.CHUNK_BYTES;
  }

  private static void hash(ZoneBuffer buffer, int chunk, Resilience protection) {
    HashAlgorithm hash = protection.hash().orElseThrow();
    int blockSize = protection.blockSize();
    int target = (int) (at(chunk) / blockSize) * hash.lengthBytes();
    new BlockHasher(hash).hash(buffer.segment(chunk), blockSize, buffer.checksums(), target);
  }

  /** Turns old bytes into new ones. */
  void transform(ZoneBuffer buffer, VolumeSegment source, VolumeSegment destination)
      throws IOException {
    workers.forEach(
        buffer.chunkCount(), i -> transform(buffer.segment(i), source, destination, at(i)));
  }

  private void transform(
      MemorySegment bytes, VolumeSegment source, VolumeSegment destination, long position) {
    if (decryption != null) {
      decryption.decrypt(bytes, source.ivTweak() + position / TWEAK_UNIT_BYTES);
    }
    if (encryption != null) {
      encryption.encrypt(bytes, destination.ivTweak() + position / TWEAK_UNIT_BYTES);
    }
  }

  /** Writes a zone's new bytes, durably. */
  void store(ZoneBuffer buffer, VolumeSegment destination) throws IOException {
    workers.forEach(
        buffer.chunkCount(), i -> data.write(buffer.view(i), destination.offsetBytes() + at(i)));
    data.sync();
  }

  /** Makes a zone new of which some blocks are old: those whose checksum is the old block's. */
  void recoverByChecksums(
      VolumeSegment source,
      VolumeSegment destination,
      Zone zone,
      Resilience protection,
      Area checksums)
      throws IOException {
    ZoneBuffer buffer = new ZoneBuffer();
    int hashBytes = protection.hash().orElseThrow().lengthBytes();
    int blockSize = protection.blockSize();
    for (long done = 0; done < zone.lengthBytes(); done += ZoneBuffer.CHUNK_BYTES) {
      long length = Math.min(ZoneBuffer.CHUNK_BYTES, zone.lengthBytes() - done);
      Zone piece = new Zone(zone.offsetBytes() + done, length);
      buffer.prepare(piece, checksumBytes(protection, length));
      data.read(buffer.view(0), destination.offsetBytes() + done);
      hash(buffer, 0, protection);
      byte[] old = new byte[checksumBytes(protection, length)];
      checksums.read(ByteBuffer.wrap(old), done / blockSize * hashBytes);
      for (int block = 0; block * (long) blockSize < length; block++) {
        int hashAt = block * hashBytes;
        if (Arrays.equals(
            old, hashAt, hashAt + hashBytes, buffer.checksums(), hashAt, hashAt + hashBytes)) {
          int at = block * blockSize;
          transform(buffer.segment(0).asSlice(at, blockSize), source, destination, done + at);
          data.write(buffer.view(0).slice(at, blockSize), destination.offsetBytes() + done + at);
        }
      }
    }
    data.sync();
  }

  /** Makes a zone new from a whole copy of its old bytes. */
  void recoverFromCopy(VolumeSegment source, VolumeSegment destination, Zone zone, Area copy)
      throws IOException {
    ZoneBuffer buffer = new ZoneBuffer();
    for (long done = 0; done < zone.lengthBytes(); done += ZoneBuffer.CHUNK_BYTES) {
      long length = Math.min(ZoneBuffer.CHUNK_BYTES, zone.lengthBytes() - done);
      buffer.prepare(new Zone(zone.offsetBytes() + done, length), 0);
      copy.read(buffer.view(0), done);
      transform(buffer.segment(0), source, destination, done);
      data.write(buffer.view(0), destination.offsetBytes() + done);
    }
    data.sync();
  }

  /** Where what a recovery needs is read from. */
  @FunctionalInterface
  interface Area {
    void read(ByteBuffer target, long offsetBytes) throws IOException;
  }

  @Override
  public void close() {
    if (decryption != null) {
      decryption.close();
    }
    if (encryption != null) {
      encryption.close();
    }
  }
}
