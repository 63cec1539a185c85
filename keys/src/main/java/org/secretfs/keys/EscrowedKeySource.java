package org.secretfs.keys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;

/** The secret of a volume whose own key source does not keep it, opened by its escrow's holder. */
public final class EscrowedKeySource implements KeySource {
  private static final int MOST_SEALED_BYTES = 4096;

  private final Path sealed;
  private final @Nullable String recipient;
  private final Path privateKey;
  private final RsaOpener.Passphrase passphrase;

  private EscrowedKeySource(
      Path sealed, @Nullable String recipient, Path privateKey, RsaOpener.Passphrase passphrase) {
    this.sealed = sealed;
    this.recipient = recipient;
    this.privateKey = privateKey;
    this.passphrase = passphrase;
  }

  /**
   * Makes a source of what a volume's token records.
   *
   * @param recorded as {@link ThrowawayKeySource#make} made it, or whatever somebody wrote there
   * @param sealed the file with the sealed secret; empty for the one that the token names
   * @throws KeySourceException.Malformed if the token records no escrow
   */
  public static EscrowedKeySource of(
      Map<String, Object> recorded,
      Optional<Path> sealed,
      Path privateKey,
      RsaOpener.Passphrase passphrase)
      throws KeySourceException {
    if (!(recorded.get("escrow") instanceof Map<?, ?> escrow)) {
      throw new KeySourceException.Malformed(
          "the header's token records no escrow: its key was sealed to nobody");
    }
    String recipient = escrow.get("recipient") instanceof String text ? text : null;
    Path file = sealed.isPresent() ? sealed.get() : path(escrow.get("file"));
    return new EscrowedKeySource(file, recipient, privateKey, passphrase);
  }

  private static Path path(@Nullable Object recorded) throws KeySourceException {
    try {
      if (recorded instanceof String text && Path.of(text).isAbsolute()) {
        return Path.of(text).normalize();
      }
    } catch (InvalidPathException e) {
      throw noPath();
    }
    throw noPath();
  }

  private static KeySourceException noPath() {
    return new KeySourceException.Malformed(
        "the header's token names no usable file of its sealed secret: name it yourself");
  }

  @Override
  public String kind() {
    return "escrow";
  }

  @Override
  public SecretBuffer obtain(VolumeId volume) throws KeySourceException {
    byte[] bytes = read(volume);
    return RsaOpener.read(privateKey, passphrase).open(bytes, recipient, sealed.toString());
  }

  private byte[] read(VolumeId volume) throws KeySourceException {
    try (InputStream in = Files.newInputStream(sealed)) {
      byte[] bytes = in.readNBytes(MOST_SEALED_BYTES + 1);
      if (bytes.length > MOST_SEALED_BYTES) {
        throw new KeySourceException.Malformed(
            "volume %s: %s is larger than a sealed secret".formatted(volume, sealed));
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new KeySourceException.NotFound(
          KeySourceCode.WRAPPED_SECRET_MISSING,
          "volume %s: its sealed secret %s does not exist".formatted(volume, sealed),
          e);
    } catch (IOException e) {
      throw new KeySourceException.Unreachable(
          KeySourceCode.SERVICE_UNREACHABLE,
          "volume %s: its sealed secret %s cannot be read: %s"
              .formatted(volume, sealed, e.getMessage()),
          e);
    }
  }

  /** Never makes one: an escrow only opens what was sealed. */
  @Override
  public SecretBuffer create(VolumeId volume) throws KeySourceException {
    return obtain(volume);
  }

  @Override
  public boolean exists(VolumeId volume) {
    return true;
  }

  @Override
  public Map<String, Object> tokenFacts() {
    return Map.of("kind", kind());
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
