package org.secretfs.attach;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.BlockDeviceStorage;
import org.secretfs.block.BorrowedBlockDevice;
import org.secretfs.block.EncryptedBlockDevice;
import org.secretfs.block.EncryptedBlockDevice.TrimPolicy;
import org.secretfs.block.EncryptedBlockDevice.ZeroPolicy;
import org.secretfs.block.ExchangeableBlockDevice;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.block.ReencryptingBlockDevice;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.CryptSegment;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.ReencryptListener;
import org.secretfs.luks.ReencryptRun;
import org.secretfs.luks.Reencryption;

/**
 * A volume that a server serves, in the form that it has: one crypt segment, or the parts of a
 * re-encryption, begun before it was opened or while it is in use. Its device stays the same.
 */
final class VolumeForms implements ServedForms {
  private final ServerParameters parameters;
  private final BlockDevice backing;
  private final ExchangeableBlockDevice device;
  private CryptSegment segment;
  private @Nullable Parts parts;

  /** A re-encryption under way: the device in its parts closes all but the header's storage. */
  private record Parts(
      FileLuksStorage header, Reencryption volume, ReencryptingBlockDevice device) {}

  private VolumeForms(
      ServerParameters parameters, BlockDevice backing, @Nullable Parts parts, BlockDevice first) {
    this.parameters = parameters;
    this.backing = backing;
    this.segment = parameters.segment();
    this.parts = parts;
    this.device = new ExchangeableBlockDevice(first);
  }

  /**
   * Opens it.
   *
   * @param secret the volume key; of a volume in re-encryption, a passphrase that opens both
   * @throws IOException if the backing device cannot be opened, the segment does not lie on it, its
   *     cipher is another, or the secret opens nothing
   */
  static VolumeForms open(ServerParameters parameters, SecretBuffer secret) throws IOException {
    BlockDevice backing = openBacking(parameters.backing(), parameters.readOnly());
    try {
      if (!parameters.inReencryption()) {
        return new VolumeForms(parameters, backing, null, whole(parameters, backing, secret));
      }
      Parts parts = parts(parameters, backing, secret);
      return new VolumeForms(parameters, backing, parts, parts.device());
    } catch (IOException | RuntimeException e) {
      backing.close();
      throw e;
    }
  }

  private static BlockDevice openBacking(Path path, boolean readOnly) throws IOException {
    return readOnly
        ? FileBlockDevice.openReadOnly(path)
        : FileBlockDevice.openServed(path, FileBlockDevice.Caching.PAGE_CACHE);
  }

  private static BlockDevice whole(
      ServerParameters parameters, BlockDevice backing, SecretBuffer volumeKey) throws IOException {
    try {
      return EncryptedBlockDevice.open(
          new BorrowedBlockDevice(backing),
          parameters.segment(),
          volumeKey,
          trims(parameters),
          ZeroPolicy.ENCRYPT);
    } catch (LuksException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static TrimPolicy trims(ServerParameters parameters) {
    return parameters.discards() ? TrimPolicy.PASS_THROUGH : TrimPolicy.IGNORE;
  }

  private static BlockDevice whole(
      ServerParameters parameters, BlockDevice backing, CryptSegment segment, SectorCipher cipher)
      throws IOException {
    try {
      return new EncryptedBlockDevice(
          new BorrowedBlockDevice(backing), segment, cipher, trims(parameters));
    } catch (IOException e) {
      cipher.close();
      throw e;
    }
  }

  private static Parts parts(
      ServerParameters parameters, BlockDevice backing, SecretBuffer passphrase)
      throws IOException {
    FileLuksStorage header = FileLuksStorage.open(parameters.header());
    Reencryption volume = null;
    try {
      volume =
          Reencryption.open(header, BlockDeviceStorage.borrowing(backing), List.of(passphrase));
      return new Parts(
          header, volume, ReencryptingBlockDevice.open(new BorrowedBlockDevice(backing), volume));
    } catch (IOException | LuksException | RuntimeException e) {
      if (volume != null) {
        volume.close();
      }
      header.close();
      throw e instanceof IOException failed ? failed : new IOException(e.getMessage(), e);
    }
  }

  @Override
  public BlockDevice device() {
    return device;
  }

  @Override
  public synchronized boolean reencrypt(
      SecretBuffer passphrase, ReencryptRun run, ReencryptListener listener)
      throws IOException, LuksException {
    if (parameters.readOnly()) {
      throw new LuksException.ReencryptionRefused("the volume is open for reading only");
    }
    Parts now = parts == null ? begin(passphrase) : parts;
    parts = now;
    if (!now.device().run(run, listener)) {
      return false;
    }
    end(now);
    return true;
  }

  /** From one form to parts, of which all are as before: no request meets another form of data. */
  private Parts begin(SecretBuffer passphrase) throws IOException, LuksException {
    requireUntouched();
    Parts begun = parts(parameters, backing, passphrase);
    if (!begun.volume().previous().asCrypt().equals(segment)) {
      close(begun);
      throw new LuksException.ReencryptionRefused("the header is of another volume than is open");
    }
    device.exchange(begun.device());
    return begun;
  }

  private void requireUntouched() throws IOException, LuksException {
    try (FileLuksStorage header = FileLuksStorage.openReadOnly(parameters.header())) {
      Reencryption.Status status =
          Reencryption.status(header)
              .orElseThrow(() ->
                  new LuksException.ReencryptionRefused("the volume is not in re-encryption"));
      if (!status.mode().equals("reencrypt") || !status.untouched()) {
        throw new LuksException.ReencryptionRefused(
            "data was re-encrypted since the volume was opened, by another program");
      }
    }
  }

  private static void close(Parts parts) throws IOException {
    parts.device().close();
    parts.header().close();
  }

  private void end(Parts ended) throws IOException, LuksException {
    Optional<SectorCipher> cipher = ended.volume().newCipher();
    if (cipher.isEmpty()) {
      return;
    }
    CryptSegment now = ended.volume().target().asCrypt();
    device.exchange(whole(parameters, backing, now, cipher.get()));
    ended.header().close();
    segment = now;
    parts = null;
  }

  @Override
  public synchronized void close() throws IOException {
    try {
      device.close();
      if (parts != null) {
        parts.header().close();
      }
    } finally {
      backing.close();
    }
  }
}
