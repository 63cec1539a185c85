package org.secretfs.attach;

import java.nio.file.Path;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.CryptSegment;

/**
 * What to attach and how. Lends the volume key for the time of {@link Attachment#attach}; whoever
 * made the key closes it afterwards.
 */
public final class AttachRequest {
  private final VolumeName volumeName;
  private final Path backing;
  private final Path header;
  private final SecretBuffer volumeKey;
  private final CryptSegment segment;
  private final boolean readOnly;
  private final boolean discards;
  private final boolean inReencryption;

  private AttachRequest(
      VolumeName volumeName,
      Path backing,
      Path header,
      SecretBuffer volumeKey,
      CryptSegment segment,
      boolean readOnly,
      boolean discards,
      boolean inReencryption) {
    this.volumeName = volumeName;
    this.backing = backing;
    this.header = header;
    this.volumeKey = volumeKey;
    this.segment = segment;
    this.readOnly = readOnly;
    this.discards = discards;
    this.inReencryption = inReencryption;
  }

  /**
   * Asks for a writable volume that keeps discards to itself.
   *
   * @param volumeName see {@link VolumeName}
   * @param backing an absolute path: a block device or a regular file that holds the volume with
   *     its LUKS header
   * @param volumeKey lent, not kept; both halves of an XTS key
   * @param segment the segment that the header describes, already checked
   * @throws IllegalArgumentException for a name or a path outside these rules
   */
  public static AttachRequest of(
      String volumeName, Path backing, SecretBuffer volumeKey, CryptSegment segment) {
    if (!backing.isAbsolute()) {
      throw new IllegalArgumentException("backing device '%s' is not absolute".formatted(backing));
    }
    VolumeName name = VolumeName.of(volumeName);
    return new AttachRequest(name, backing, backing, volumeKey, segment, false, false, false);
  }

  /**
   * The same request for a volume in re-encryption: it is served in its parts. The secret is not
   * the volume key but a passphrase that opens the old and the new one.
   */
  public AttachRequest inParts() {
    return new AttachRequest(
        volumeName, backing, header, volumeKey, segment, readOnly, discards, true);
  }

  /** Whether {@link #inParts} asked for it. */
  public boolean inReencryption() {
    return inReencryption;
  }

  /** The same request for a volume that cannot be written. */
  public AttachRequest asReadOnly() {
    return new AttachRequest(
        volumeName, backing, header, volumeKey, segment, true, discards, inReencryption);
  }

  /** The same request for a volume whose header is on a device or in a file of its own. */
  public AttachRequest withHeader(Path detached) {
    return new AttachRequest(
        volumeName, backing, detached, volumeKey, segment, readOnly, discards, inReencryption);
  }

  /** Where the header is: the backing device unless said otherwise. */
  public Path header() {
    return header;
  }

  /**
   * The same request with discards passed down to the backing device. They tell whoever sees the
   * backing device which sectors are in use.
   */
  public AttachRequest withDiscards() {
    return new AttachRequest(
        volumeName, backing, header, volumeKey, segment, readOnly, true, inReencryption);
  }

  public String volumeName() {
    return volumeName.text();
  }

  public Path backing() {
    return backing;
  }

  /** The lent key; of a volume in re-encryption, the passphrase. */
  public SecretBuffer volumeKey() {
    return volumeKey;
  }

  public CryptSegment segment() {
    return segment;
  }

  public boolean readOnly() {
    return readOnly;
  }

  public boolean discards() {
    return discards;
  }

  @Override
  public String toString() {
    return "AttachRequest[%s on %s]".formatted(volumeName.text(), backing);
  }
}
