package org.secretfs.proxy;

import java.util.Optional;
import java.util.OptionalInt;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.VolumeId;
import org.secretfs.luks.ManifestRule;

/**
 * What the owner configured for one export.
 *
 * @param id its name, under which clients ask for it
 * @param backing where its ciphertext lives
 * @param header where its LUKS2 header lives; empty: at the beginning of the backing
 * @param create whether a blank backing may be formatted
 * @param sectorSize bytes per encryption unit of a new volume; empty to suit the backing
 * @param manifest whether the header must be vouched for
 * @param keySource where its secret comes from; closed with the export
 * @param clients who may use it
 * @param readOnly whether nothing may be written, by clients or by the proxy
 * @param discards whether trims are passed down to the backing, which shows what is in use
 * @param zeroesMayPunch whether zeroes may be holes of the backing, which shows what is empty
 * @param rateLimit for all its clients together
 * @param openAtStart whether it is opened when the proxy starts, or else at its first use
 * @param onSuspend what becomes of requests while it is suspended
 * @param keyCheck how a withdrawal of its key is noticed
 * @param definition what it was configured as, in a form that is equal for equal configurations
 */
public record ExportSpec(
    VolumeId id,
    BackingSpec backing,
    Optional<BackingSpec> header,
    boolean create,
    OptionalInt sectorSize,
    ManifestRule manifest,
    KeySource keySource,
    AllowedClients clients,
    boolean readOnly,
    boolean discards,
    boolean zeroesMayPunch,
    RateLimit rateLimit,
    boolean openAtStart,
    OnSuspend onSuspend,
    KeyCheckSpec keyCheck,
    String definition) {

  /** What becomes of requests to a suspended export. */
  public enum OnSuspend {
    /** They wait until it is resumed; so does the client's file system. */
    WAIT,
    /** They fail at once. */
    FAIL
  }

  /** The export's name. */
  public String name() {
    return id.name();
  }
}
