package org.secretfs.proxy;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.BlockDeviceStorage;
import org.secretfs.block.DeviceContent;
import org.secretfs.block.EncryptedBlockDevice;
import org.secretfs.block.EncryptedBlockDevice.TrimPolicy;
import org.secretfs.block.EncryptedBlockDevice.ZeroPolicy;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.AuthenticHeader;
import org.secretfs.luks.CryptSegment;
import org.secretfs.luks.DeviceInUseException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksStorage;
import org.secretfs.luks.ManifestOptions;
import org.secretfs.luks.ManifestRule;
import org.secretfs.luks.SecretfsToken;
import org.secretfs.luks.SecretfsToken.Filesystem;
import org.secretfs.luks.Token;
import org.secretfs.luks.VolumeDefaults;
import org.secretfs.luks.VolumeKey;
import org.secretfs.proxy.BackingSpec.FileBacking;

/**
 * Opens the volume of an export, and makes it on a blank backing if the configuration says so. Each
 * step can be repeated; "could not open" never leads to "format".
 */
final class VolumeOpening {
  private final ExportSpec export;
  private final Backings backings;

  VolumeOpening(ExportSpec export, Backings backings) {
    this.export = export;
    this.backings = backings;
  }

  /** Opens the volume, or makes it first where that is configured and the backing is blank. */
  OpenedVolume open() throws SecretfsException {
    return onBacking(this::openOrMake);
  }

  /**
   * Opens the volume again.
   *
   * @throws ProxyException with {@link ProxyError#HEADER_REPLACED} if the header now describes
   *     another volume, key or place of the data
   */
  OpenedVolume reopen(VolumeIdentity expected) throws SecretfsException {
    return onBacking((data, header) -> {
      requireSame(expected, VolumeIdentity.of(Luks2Volume.read(header.storage())));
      try (SecretBuffer secret = export.keySource().obtain(export.id())) {
        return unlock(data, header, secret);
      }
    });
  }

  private void requireSame(VolumeIdentity expected, VolumeIdentity found) throws ProxyException {
    if (!expected.equals(found)) {
      throw new ProxyException(
          ProxyError.HEADER_REPLACED,
          "export %s: the header on %s was replaced while its volume was closed: volume %s, now %s"
              .formatted(export.name(), headerPlace(), expected.uuid(), found.uuid()));
    }
  }

  /** What is done with the open backing; on failure the backing is closed again. */
  @FunctionalInterface
  private interface OnBacking {
    OpenedVolume run(BlockDevice data, Header header) throws IOException, SecretfsException;
  }

  /** The header as a LUKS storage, and as the row of bytes that it is. */
  private record Header(LuksStorage storage, BlockDevice device) {}

  private OpenedVolume onBacking(OnBacking action) throws SecretfsException {
    try {
      BlockDevice data = backings.open(export.backing(), export.readOnly(), export.create());
      OpenedVolume opened = null;
      try {
        opened = withHeader(data, action);
        return opened;
      } finally {
        if (opened == null) {
          data.close();
        }
      }
    } catch (DeviceInUseException e) {
      throw new ProxyException(
          ProxyError.BACKING_IN_USE, "export %s: %s".formatted(export.name(), e.getMessage()), e);
    } catch (IOException e) {
      throw new ProxyException(
          ProxyError.BACKING_FAILED,
          "export %s: backing %s: %s"
              .formatted(export.name(), export.backing().describe(), e.getMessage()),
          e);
    }
  }

  private OpenedVolume withHeader(BlockDevice data, OnBacking action)
      throws IOException, SecretfsException {
    if (export.header().isEmpty()) {
      try (LuksStorage storage = storage(export.backing(), data)) {
        return action.run(data, new Header(storage, data));
      }
    }
    BackingSpec place = export.header().get();
    try (BlockDevice device = backings.open(place, export.readOnly(), export.create());
        LuksStorage storage = storage(place, device)) {
      return action.run(data, new Header(storage, device));
    }
  }

  /** A file's header is locked as cryptsetup does; of another's no other program here knows. */
  private LuksStorage storage(BackingSpec place, BlockDevice device) throws IOException {
    if (place instanceof FileBacking file) {
      return export.readOnly()
          ? FileLuksStorage.openReadOnly(file.path())
          : FileLuksStorage.open(file.path());
    }
    return BlockDeviceStorage.borrowing(device);
  }

  private OpenedVolume openOrMake(BlockDevice data, Header header)
      throws IOException, SecretfsException {
    if (look(data, header) instanceof DeviceContent.Luks2) {
      try (SecretBuffer secret = export.keySource().obtain(export.id())) {
        return unlock(data, header, secret);
      }
    }
    boolean secretIsRandom = !export.keySource().exists(export.id());
    try (SecretBuffer secret = export.keySource().create(export.id())) {
      // Obtaining the secret may have taken long: what was blank may hold something by now.
      if (!(look(data, header) instanceof DeviceContent.Luks2)) {
        Luks2Volume.format(header.storage(), options(secretIsRandom), secret);
      }
      return unlock(data, header, secret);
    }
  }

  /** The one place that decides whether a backing may be formatted. */
  private DeviceContent look(BlockDevice data, Header header)
      throws IOException, SecretfsException {
    DeviceContent content = content(header.storage(), header.device(), place());
    if (content instanceof DeviceContent.Blank && export.header().isPresent()) {
      requireBlank(data);
    }
    switch (content) {
      case DeviceContent.Luks2 _ -> {}
      case DeviceContent.Blank _ -> requireCreate();
      case DeviceContent.Foreign foreign ->
          throw notAVolume("is not blank and not LUKS: it holds " + foreign.what());
      case DeviceContent.Luks1 luks1 ->
          throw notAVolume("holds LUKS1, and volumes must be LUKS2: " + luks1.detail());
      case DeviceContent.DamagedLuks damaged ->
          throw new ProxyException(
              ProxyError.HEADER_DAMAGED,
              "export %s: %s holds a damaged LUKS header: %s"
                  .formatted(export.name(), headerPlace(), damaged.detail()));
    }
    return content;
  }

  private BackingSpec place() {
    return export.header().orElse(export.backing());
  }

  private String headerPlace() {
    return place().describe();
  }

  /** A data device beside a detached header must hold nothing at all, not even a LUKS volume. */
  private void requireBlank(BlockDevice data) throws IOException, SecretfsException {
    DeviceContent content = content(BlockDeviceStorage.borrowing(data), data, export.backing());
    if (!(content instanceof DeviceContent.Blank)) {
      throw new ProxyException(
          ProxyError.BACKING_NOT_A_VOLUME,
          "export %s: no header is made at %s, for its data device %s is not blank: %s"
              .formatted(
                  export.name(), headerPlace(), export.backing().describe(), shown(content)));
    }
  }

  private static String shown(DeviceContent content) {
    return switch (content) {
      case DeviceContent.Blank _ -> "nothing";
      case DeviceContent.Foreign foreign -> "it holds " + foreign.what();
      case DeviceContent.Luks1 _, DeviceContent.Luks2 _, DeviceContent.DamagedLuks _ ->
          "it holds a LUKS header, though the header is to be elsewhere";
    };
  }

  private static DeviceContent content(LuksStorage storage, BlockDevice device, BackingSpec spec)
      throws IOException, LuksException {
    boolean samplesAllowed =
        !(spec instanceof FileBacking file) || !java.nio.file.Files.isRegularFile(file.path());
    return DeviceContent.of(storage, device, samplesAllowed, VolumeDefaults.DATA_OFFSET_BYTES);
  }

  private void requireCreate() throws ProxyException {
    if (!export.create()) {
      throw notAVolume("is blank, and the configuration does not say 'create: true'");
    }
    if (export.readOnly()) {
      throw notAVolume("is blank, and a volume that is read-only is not made");
    }
  }

  private ProxyException notAVolume(String what) {
    return new ProxyException(
        ProxyError.BACKING_NOT_A_VOLUME,
        "export %s: %s %s".formatted(export.name(), headerPlace(), what));
  }

  private FormatOptions options(boolean secretIsRandom) throws SecretfsException, IOException {
    FormatOptions.Builder options =
        VolumeDefaults.options(export.name(), secretIsRandom)
            .sectorSize(
                export.sectorSize().isPresent()
                    ? export.sectorSize().getAsInt()
                    : backings.safeSectorSize(export.backing()))
            .token(
                SecretfsToken.of(Set.of(0), export.name(), export.keySource().tokenFacts())
                    .toToken());
    if (export.manifest().makes()) {
      options.manifest(
          ManifestOptions.first(export.name(), VolumeDefaults.manifestDerivation(secretIsRandom)));
    }
    return (export.header().isPresent() ? options.dataOffsetBytes(0) : options).build();
  }

  private OpenedVolume unlock(BlockDevice data, Header header, SecretBuffer secret)
      throws IOException, SecretfsException {
    Luks2Volume volume = Luks2Volume.read(header.storage());
    Optional<AuthenticHeader> vouchedFor = authentic(volume, secret);
    CryptSegment segment = vouchedFor.map(AuthenticHeader::segment).orElse(volume.segment());
    try (VolumeKey key =
        vouchedFor.isPresent()
            ? volume.unlock(secret, vouchedFor.get().keyslot())
            : volume.unlock(secret)) {
      if (!export.readOnly() && volume.needsRepair() && !isPending(volume)) {
        volume.repair();
      }
      VolumeIdentity identity = VolumeIdentity.of(volume);
      return new OpenedVolume(encrypted(data, segment, key.secret()), identity);
    } catch (LuksException.NoKeyslotOpened e) {
      throw new ProxyException(
          ProxyError.SECRET_DOES_NOT_OPEN,
          "export %s: the secret from key source '%s' opens none of the %d keyslots of %s"
              .formatted(export.name(), export.keySource().kind(), e.tried(), headerPlace()),
          e);
    }
  }

  /** What the header's manifest vouches for; empty where the rule lets it pass unchecked. */
  private Optional<AuthenticHeader> authentic(Luks2Volume volume, SecretBuffer secret)
      throws LuksException {
    ManifestRule rule = export.manifest();
    if (rule.mode() == ManifestRule.Mode.OFF) {
      return Optional.empty();
    }
    try {
      return Optional.of(volume.authenticate(secret, export.name(), rule.leastEpoch()));
    } catch (LuksException.ManifestMissing e) {
      if (rule.mode() == ManifestRule.Mode.OPTIONAL) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Of two copies that disagree on this, the one that says "pending" may be the older. */
  private static boolean isPending(Luks2Volume volume) throws LuksException {
    for (Token token : volume.tokens().values()) {
      Optional<Filesystem> noted = token.asSecretfs().flatMap(SecretfsToken::filesystem);
      if (noted.isPresent() && noted.get().state() == Filesystem.State.PENDING) {
        return true;
      }
    }
    return false;
  }

  private BlockDevice encrypted(BlockDevice data, CryptSegment segment, SecretBuffer key)
      throws IOException, LuksException {
    return EncryptedBlockDevice.open(
        data,
        segment,
        key,
        export.discards() ? TrimPolicy.PASS_THROUGH : TrimPolicy.IGNORE,
        export.zeroesMayPunch() ? ZeroPolicy.PUNCH : ZeroPolicy.ENCRYPT);
  }
}
