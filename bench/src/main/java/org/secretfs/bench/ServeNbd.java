package org.secretfs.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.EncryptedBlockDevice;
import org.secretfs.block.EncryptedBlockDevice.TrimPolicy;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.XtsKey;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.nbd.server.ClientIdentity;
import org.secretfs.nbd.server.Export;
import org.secretfs.nbd.server.ExportCatalog;
import org.secretfs.nbd.server.NbdServer;
import org.secretfs.nbd.server.ServerConfig;
import org.secretfs.nbd.server.ServerListener;
import org.secretfs.nbd.socket.Endpoint;

/**
 * Serves an image, encrypted under a random volume key, at a Unix socket until it is killed: {@code
 * SOCKET IMAGE SECTOR_SIZE}; a sector size of 0 serves it as it is.
 */
public final class ServeNbd {
  private ServeNbd() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    BlockDevice device = open(FileBlockDevice.open(Path.of(args[1])), Integer.parseInt(args[2]));
    Endpoint endpoint = new Endpoint.Unix(Path.of(args[0]));
    try (NbdServer _ =
        NbdServer.start(ServerConfig.plain(endpoint), new OneExport(device), ServerListener.NONE)) {
      Thread.currentThread().join();
    }
  }

  private static BlockDevice open(BlockDevice backing, int sectorSize) throws IOException {
    if (sectorSize == 0) {
      return backing;
    }
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES)) {
      SectorCipher cipher = SectorCiphers.aesXts(key, sectorSize);
      return new EncryptedBlockDevice(
          backing, FuseVolume.segment(sectorSize), cipher, TrimPolicy.IGNORE);
    }
  }

  /** One device for whatever name a client asks for. */
  private record OneExport(BlockDevice device) implements ExportCatalog {
    @Override
    public List<Entry> list(ClientIdentity client) {
      return List.of(new Entry("", "benchmark"));
    }

    @Override
    public Export open(String name, ClientIdentity client) {
      return new OpenExport(name, device);
    }
  }

  private record OpenExport(String name, BlockDevice device) implements Export {
    @Override
    public boolean isMultiConnection() {
      return true;
    }

    @Override
    public void close() {
      // The device serves all connections.
    }
  }
}
