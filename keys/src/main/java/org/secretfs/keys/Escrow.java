package org.secretfs.keys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Seals a volume's secret to an RSA public key, in a file of its own for each secret.
 *
 * <p>The file is the RSA-OAEP ciphertext and nothing else, so that {@code openssl pkeyutl -decrypt}
 * opens it, too. It has mode 0400, is durable before the secret is used, and is never overwritten
 * or removed here.
 */
public final class Escrow {
  private static final FileAttribute<?> OWNER_READS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r--------"));
  private static final FileAttribute<?> OWNER_ENTERS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final int ID_BYTES = 8;

  private final Path publicKey;
  private final Path directory;

  /**
   * @param publicKey a PEM file; read each time, so that it may be replaced
   * @param directory where the sealed secrets go; made with mode 0700 where it is missing
   */
  public Escrow(Path publicKey, Path directory) {
    this.publicKey = publicKey;
    this.directory = directory.toAbsolutePath();
  }

  /** Seals {@code secret} durably; returns where, and to which key, for the header's token. */
  Map<String, Object> seal(VolumeId volume, SecretBuffer secret) throws KeySourceException {
    RsaRecipient recipient = RsaRecipient.read(publicKey);
    byte[] sealed = recipient.seal(secret);
    String id = HexFormat.of().formatHex(KernelRandom.bytes(ID_BYTES));
    Path file = directory.resolve("%s-%s.sealed".formatted(volume.name(), id));
    try {
      write(file, sealed);
    } catch (IOException e) {
      throw new KeySourceException.Unreachable(
          KeySourceCode.SERVICE_UNREACHABLE,
          "volume %s: its sealed secret %s cannot be written, so the volume is not made: %s"
              .formatted(volume, file, e),
          e);
    }
    return Map.of("file", file.toString(), "recipient", recipient.fingerprint());
  }

  private void write(Path file, byte[] sealed) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(directory, OWNER_ENTERS);
      sync(Objects.requireNonNull(directory.getParent(), "the root is a directory"));
    }
    Path draft = file.resolveSibling("." + file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            draft, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_READS)) {
      ByteBuffer rest = ByteBuffer.wrap(sealed);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
    try {
      // A link, unlike a rename, never replaces a file.
      Files.createLink(file, draft);
    } finally {
      Files.delete(draft);
    }
    sync(directory);
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
