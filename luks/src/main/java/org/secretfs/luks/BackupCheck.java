package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Whether a backup of a header belongs on a device. */
final class BackupCheck {
  private static final int LUKS1_DIGEST_OFFSET = 112;
  private static final int LUKS1_DIGEST_BYTES = 20 + 32 + 4;

  private final HeaderBackup backup;
  private final LuksStorage device;
  private final List<String> objections = new ArrayList<>();

  private BackupCheck(HeaderBackup backup, LuksStorage device) {
    this.backup = backup;
    this.device = device;
  }

  static List<String> objections(HeaderBackup backup, LuksStorage device)
      throws IOException, LuksException {
    BackupCheck check = new BackupCheck(backup, device);
    check.run();
    return check.objections;
  }

  private void run() throws IOException, LuksException {
    long needed = Math.max(backup.sizeBytes(), backup.volume().segment().offsetBytes());
    if (device.sizeBytes() < needed) {
      objections.add(
          "the device has %d bytes, the backup's volume needs %d"
              .formatted(device.sizeBytes(), needed));
      return;
    }
    try {
      compare(LuksVolume.read(device));
    } catch (LuksException.NotLuks e) {
      refuseForeign();
    } catch (LuksException.CorruptHeader e) {
      compareDamaged();
    } catch (LuksException.UnsupportedFeature | LuksException.SignaturesAmbiguous e) {
      objections.add(String.valueOf(e.getMessage()));
    } catch (LuksException.FormatUnfinished e) {
      objections.add("a format began on the device and did not finish");
    }
  }

  private void compare(LuksVolume there) throws IOException, LuksException {
    LuksVolume mine = backup.volume();
    differ("version of LUKS", mine.version(), there.version());
    differ("UUID", mine.uuid(), there.uuid());
    differ("header size", mine.headerSizeBytes(), there.headerSizeBytes());
    differ("segment", mine.segment(), there.segment());
    if (mine instanceof Luks2Volume a && there instanceof Luks2Volume b) {
      differ("metadata size", a.metadataSizeBytes(), b.metadataSizeBytes());
      if (!a.volumeKeyDigest().equals(b.volumeKeyDigest())) {
        objections.add("the volume key is another: the volume was re-encrypted since");
      }
    } else if (mine.version() == there.version() && !sameLuks1Digest()) {
      objections.add("the volume key is another: the volume was re-encrypted since");
    }
  }

  private boolean sameLuks1Digest() throws IOException {
    byte[] there = new byte[LUKS1_DIGEST_BYTES];
    device.read(ByteBuffer.wrap(there), LUKS1_DIGEST_OFFSET);
    return ByteBuffer.wrap(there).equals(backup.range(LUKS1_DIGEST_OFFSET, LUKS1_DIGEST_BYTES));
  }

  private void differ(String what, Object mine, Object there) {
    if (!mine.equals(there)) {
      objections.add("%s is %s in the backup, %s on the device".formatted(what, mine, there));
    }
  }

  /** No LUKS: lost, unless the place was given to something else. */
  private void refuseForeign() throws IOException {
    for (Signatures.Found found : Signatures.find(Signatures.of(device))) {
      objections.add("the device holds " + found);
    }
  }

  /** Neither copy is whole, but a damaged one may still name another volume. */
  private void compareDamaged() throws IOException {
    byte[] first = new byte[BinaryHeader.SIZE_BYTES];
    device.read(ByteBuffer.wrap(first), 0);
    if (!BinaryHeader.Copy.PRIMARY.marks(first)) {
      refuseForeign();
      return;
    }
    String mine = backup.uuid().toString();
    byte[] uuid = Arrays.copyOfRange(first, 168, 168 + mine.length());
    String there = new String(uuid, java.nio.charset.StandardCharsets.ISO_8859_1);
    boolean readable = there.matches("[0-9a-fA-F-]{36}");
    if (readable && !there.equalsIgnoreCase(mine)) {
      objections.add("the damaged header on the device names the UUID %s".formatted(there));
    }
  }
}
