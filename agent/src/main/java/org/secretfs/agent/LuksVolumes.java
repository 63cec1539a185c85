package org.secretfs.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.secretfs.block.DeviceFacts;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.NewSecret;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.ManifestOptions;
import org.secretfs.luks.SecretfsToken;
import org.secretfs.luks.SecretfsToken.Filesystem;
import org.secretfs.luks.Token;
import org.secretfs.luks.VolumeDefaults;

/** The agent's dealings with LUKS headers. */
final class LuksVolumes {
  private LuksVolumes() {}

  /**
   * Formats the volume's device; the file system is noted as pending.
   *
   * @param secretIsRandom whether the secret is known to be one that nobody can guess; one that was
   *     there before may be a person's passphrase
   */
  static void format(VolumeSpec volume, NewSecret secret, boolean secretIsRandom)
      throws SecretfsException {
    Path device = volume.device().path();
    withStorage(
        device,
        true,
        storage -> {
          int safe = DeviceFacts.safeSectorSize(device);
          FormatOptions.Builder options =
              VolumeDefaults.options(volume.name(), secretIsRandom)
                  .cipher(volume.cipher())
                  .sectorSize(volume.sectorSize().orElse(safe))
                  .token(newToken(volume, secret).toToken());
          if (volume.isThrowaway()) {
            options.label(EarlierThrowaway.label(volume.name()).orElse(""));
          }
          if (volume.manifest().makes()) {
            options.manifest(
                ManifestOptions.first(
                    volume.name(), VolumeDefaults.manifestDerivation(secretIsRandom)));
          }
          return Luks2Volume.format(storage, options.build(), secret.secret());
        });
  }

  private static SecretfsToken newToken(VolumeSpec volume, NewSecret secret) throws LuksException {
    return SecretfsToken.of(Set.of(0), volume.name(), secret.facts())
        .withFilesystem(new Filesystem(volume.fileSystem().text(), Filesystem.State.PENDING));
  }

  /** The number and the content of the volume's {@code secretfs} token, where it has one. */
  static Optional<Map.Entry<Integer, SecretfsToken>> token(Luks2Volume volume)
      throws LuksException {
    for (Map.Entry<Integer, Token> entry : volume.tokens().entrySet()) {
      Optional<SecretfsToken> token = entry.getValue().asSecretfs();
      if (token.isPresent()) {
        return Optional.of(Map.entry(entry.getKey(), token.get()));
      }
    }
    return Optional.empty();
  }

  /** What the tokens record of the volume's key sources, in the order of their numbers. */
  static List<Map<String, Object>> recordedSources(Luks2Volume volume) throws LuksException {
    List<Map<String, Object>> recorded = new ArrayList<>();
    for (Token token : volume.tokens().values()) {
      token.asSecretfs().ifPresent(secretfs -> recorded.add(secretfs.keySource()));
    }
    return recorded;
  }

  static List<Map<String, Object>> recordedSources(FileLuksStorage storage)
      throws IOException, LuksException {
    return recordedSources(Luks2Volume.read(storage));
  }

  /** Whether the header says that the volume's file system is not made yet. */
  static boolean isPending(Luks2Volume volume) throws LuksException {
    return token(volume)
        .flatMap(token -> token.getValue().filesystem())
        .filter(noted -> noted.state() == Filesystem.State.PENDING)
        .isPresent();
  }

  /** Notes in the header that the file system is made. */
  static void recordFileSystem(Path device, Filesystem made) throws SecretfsException {
    withStorage(
        device,
        true,
        storage -> {
          Luks2Volume volume = Luks2Volume.read(storage);
          Map.Entry<Integer, SecretfsToken> token = token(volume).orElseThrow();
          volume.putToken(token.getKey(), token.getValue().withFilesystem(made).toToken());
          return volume;
        });
  }

  /** Runs something on a device's header, and turns a failing device into the agent's error. */
  static <T> T withStorage(Path device, boolean writable, OnStorage<T> action)
      throws SecretfsException {
    try (FileLuksStorage storage =
        writable ? FileLuksStorage.open(device) : FileLuksStorage.openReadOnly(device)) {
      return action.run(storage);
    } catch (IOException e) {
      throw new AgentException(
          AgentError.DEVICE_UNREADABLE, "device %s failed: %s".formatted(device, e), e);
    }
  }

  /** What is done with a header's storage. */
  @FunctionalInterface
  interface OnStorage<T> {
    T run(FileLuksStorage storage) throws IOException, SecretfsException;
  }
}
