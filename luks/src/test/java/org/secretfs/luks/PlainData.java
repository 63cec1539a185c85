package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.memory.SecretBuffer;

/** What whoever uses a volume would see, for small volumes: decrypted whole, straight. */
final class PlainData {
  private PlainData() {}

  /** Bytes that are the same for the same seed. */
  static byte[] random(int lengthBytes, long seed) {
    byte[] bytes = new byte[lengthBytes];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  /** Encrypts {@code plain} into a volume. */
  static void write(LuksStorage header, LuksStorage data, String passphrase, byte[] plain)
      throws IOException, LuksException {
    Luks2Volume volume = Luks2Volume.read(header);
    try (SecretBuffer secret = TestVolumes.passphrase(passphrase);
        VolumeKey key = volume.unlock(secret);
        SectorCipher cipher = ZoneMover.open(VolumeSegment.of(volume.segment()), key)) {
      byte[] sectors = plain.clone();
      cipher.encrypt(sectors, 0, sectors.length, volume.segment().ivTweak());
      data.write(ByteBuffer.wrap(sectors), volume.segment().offsetBytes());
    }
  }

  /** Decrypts a volume that is not in re-encryption. */
  static byte[] read(LuksStorage header, LuksStorage data, String passphrase)
      throws IOException, LuksException {
    Luks2Volume volume = Luks2Volume.read(header);
    try (SecretBuffer secret = TestVolumes.passphrase(passphrase);
        VolumeKey key = volume.unlock(secret);
        SectorCipher cipher = ZoneMover.open(VolumeSegment.of(volume.segment()), key)) {
      long offset = volume.segment().offsetBytes();
      byte[] sectors = new byte[(int) (data.sizeBytes() - offset)];
      data.read(ByteBuffer.wrap(sectors), offset);
      cipher.decrypt(sectors, 0, sectors.length, volume.segment().ivTweak());
      return sectors;
    }
  }

  /** Decrypts a volume in re-encryption, part by part; recovers it first. */
  static byte[] readParts(LuksStorage header, LuksStorage data, String passphrase)
      throws IOException, LuksException {
    try (SecretBuffer secret = TestVolumes.passphrase(passphrase);
        Reencryption volume = Reencryption.open(header, data, List.of(secret))) {
      volume.recover();
      List<HotzoneGate.Section> sections = volume.sections(OptionalLong.empty());
      HotzoneGate.Section last = sections.getLast();
      byte[] plain = new byte[(int) (last.offsetBytes() + last.lengthBytes())];
      for (HotzoneGate.Section section : sections) {
        readPart(volume, data, section, plain);
      }
      return plain;
    }
  }

  private static void readPart(
      Reencryption volume, LuksStorage data, HotzoneGate.Section section, byte[] plain)
      throws IOException, LuksException {
    boolean isNew = section.place() == HotzoneGate.Place.NEW;
    VolumeSegment segment =
        switch (section.place()) {
          case NEW -> volume.target();
          case OLD -> volume.previous();
          case MOVED -> volume.moved().orElseThrow();
        };
    int at = (int) section.offsetBytes();
    int length = (int) section.lengthBytes();
    data.read(ByteBuffer.wrap(plain, at, length), segment.offsetBytes() + at);
    if (segment.isEncrypted()) {
      try (SectorCipher cipher = (isNew ? volume.newCipher() : volume.oldCipher()).orElseThrow()) {
        cipher.decrypt(plain, at, length, segment.ivTweak() + at / 512);
      }
    }
  }
}
