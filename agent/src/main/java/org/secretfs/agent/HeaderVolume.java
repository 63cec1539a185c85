package org.secretfs.agent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.secretfs.attach.FileSystemType;
import org.secretfs.attach.VolumeName;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.CallObserver;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.KeySourceException;
import org.secretfs.keys.KeySources;
import org.secretfs.keys.TokenTrust;
import org.secretfs.keys.VolumeId;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.ManifestRule;
import org.secretfs.luks.SecretfsToken;

/** A volume that is opened by what its own header says, without a configuration. */
public final class HeaderVolume {
  private HeaderVolume() {}

  /**
   * Reads the {@code secretfs} token of a device.
   *
   * @param device an existing LUKS2 device
   * @param mount where it is to be mounted
   * @param trust which of the places that the token names may be asked; a header is not
   *     authenticated before its secret is known
   * @param manifest whether the header must be vouched for
   * @throws AgentException if the header has no such token, or one that names no file system
   */
  public static VolumeSpec read(
      Path device, Path mount, TokenTrust trust, ManifestRule manifest, CallObserver observer)
      throws SecretfsException {
    SecretfsToken token = token(device);
    return spec(device, mount, token, sources(device, trust, observer), manifest);
  }

  /**
   * Reads the token of a device whose secret somebody brings, instead of the key source that it
   * names.
   *
   * @param bring makes a key source of what the token records
   */
  public static VolumeSpec readBringing(Path device, Path mount, ManifestRule manifest, Bring bring)
      throws SecretfsException {
    SecretfsToken token = token(device);
    return spec(device, mount, token, List.of(bring.of(token.keySource())), manifest);
  }

  /** Makes a key source of what a token records, which an attacker may have written. */
  @FunctionalInterface
  public interface Bring {
    /** Returns the source. */
    KeySource of(Map<String, Object> recorded) throws SecretfsException;
  }

  /**
   * Reads the token of a device for commands that need no secret: nothing that it names is asked.
   */
  public static VolumeSpec readUnasked(Path device, Path mount) throws SecretfsException {
    SecretfsToken token = token(device);
    String kind = String.valueOf(token.keySource().get("kind"));
    return spec(device, mount, token, List.of(new UnaskedKeySource(kind)), ManifestRule.REQUIRED);
  }

  /** Those of the recorded sources that a header is enough for; the first one's failure if none. */
  private static List<KeySource> sources(Path device, TokenTrust trust, CallObserver observer)
      throws SecretfsException {
    List<KeySource> sources = new ArrayList<>();
    List<KeySourceException> failures = new ArrayList<>();
    for (Map<String, Object> recorded :
        LuksVolumes.withStorage(device, false, LuksVolumes::recordedSources)) {
      try {
        sources.add(KeySources.fromTokenFacts(recorded, trust, observer));
      } catch (KeySourceException e) {
        failures.add(e);
      }
    }
    if (sources.isEmpty()) {
      throw failures.getFirst();
    }
    return sources;
  }

  private static SecretfsToken token(Path device) throws SecretfsException {
    DeviceState state = DeviceInspector.inspect(new DeviceSpec.ExistingDevice(device));
    if (!(state instanceof DeviceState.Luks2)) {
      throw missing(device, "holds no LUKS2 header that can be read");
    }
    return LuksVolumes.withStorage(
        device,
        false,
        storage ->
            LuksVolumes.token(Luks2Volume.read(storage))
                .orElseThrow(() -> missing(device, "has no token of type 'secretfs'"))
                .getValue());
  }

  private static VolumeSpec spec(
      Path device, Path mount, SecretfsToken token, List<KeySource> sources, ManifestRule manifest)
      throws AgentException {
    return new VolumeSpec(
        name(device, token),
        new DeviceSpec.ExistingDevice(device),
        sources,
        fileSystem(device, token),
        mount,
        // Whoever wrote the header may have written the file system: no privileges come from it.
        List.of("nosuid", "nodev"),
        Optional.empty(),
        CipherSpec.AES_XTS_PLAIN64,
        OptionalInt.empty(),
        manifest);
  }

  private static VolumeId name(Path device, SecretfsToken token) throws AgentException {
    try {
      return new VolumeId(VolumeName.of(token.volume()).text());
    } catch (IllegalArgumentException e) {
      throw new AgentException(
          AgentError.TOKEN_MISSING,
          "the token of %s is not usable: %s".formatted(device, e.getMessage()),
          e);
    }
  }

  private static FileSystemType fileSystem(Path device, SecretfsToken token) throws AgentException {
    String type = token.filesystem().map(SecretfsToken.Filesystem::type).orElse("");
    try {
      return FileSystemType.named(type);
    } catch (IllegalArgumentException e) {
      throw new AgentException(
          AgentError.TOKEN_MISSING,
          "the token of %s is not usable: %s".formatted(device, e.getMessage()),
          e);
    }
  }

  private static AgentException missing(Path device, String what) {
    return new AgentException(
        AgentError.TOKEN_MISSING,
        "%s %s, so how its secret is obtained is not known".formatted(device, what));
  }
}
