package org.secretfs.attach;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.secretfs.failure.OptionException;

/** The ways of attaching that this program knows, best first. */
public final class Attachments {
  private final List<Attachment> bestFirst;

  public Attachments(List<Attachment> bestFirst) {
    this.bestFirst = List.copyOf(bestFirst);
  }

  /**
   * Returns dm-crypt, then FUSE.
   *
   * @param runtimeDirectory where FUSE volumes keep their mount points and process ids, as {@code
   *     /run/secretfs}
   * @param serverCommand the command line of a process that calls {@link VolumeServer#run}
   */
  public static Attachments ofThisMachine(
      CommandRunner runner, Path runtimeDirectory, List<String> serverCommand) {
    return new Attachments(
        List.of(
            new DmCryptAttachment(runner),
            new FuseAttachment(runner, runtimeDirectory, serverCommand)));
  }

  /** All of them, best first. */
  public List<Attachment> all() {
    return bestFirst;
  }

  /**
   * Returns the wanted way, or the best that this machine can do.
   *
   * @throws AttachException.Unavailable if there is none; the message has each one's reason
   * @throws IllegalArgumentException if the wanted one is unknown
   */
  public Attachment choose(Optional<String> wanted) throws AttachException {
    List<Attachment> candidates = wanted.map(kind -> List.of(named(kind))).orElse(bestFirst);
    List<String> reasons = new ArrayList<>();
    for (Attachment candidate : candidates) {
      Optional<String> reason = candidate.unavailableBecause();
      if (reason.isEmpty()) {
        return candidate;
      }
      reasons.add(candidate.kind() + ": " + reason.get());
    }
    throw new AttachException.Unavailable(
        "no way to attach a volume on this machine: " + String.join("; ", reasons));
  }

  /**
   * Returns the way of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Attachment named(String kind) {
    return bestFirst.stream()
        .filter(attachment -> attachment.kind().equals(kind))
        .findFirst()
        .orElseThrow(() ->
            new OptionException(
                "attachment '%s' is none of %s"
                    .formatted(kind, bestFirst.stream().map(Attachment::kind).toList())));
  }

  /** Looks a volume up, whichever way it was attached. */
  public Optional<AttachedVolume> find(String volumeName) throws AttachException {
    for (Attachment attachment : bestFirst) {
      Optional<AttachedVolume> found = attachment.find(volumeName);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** Detaches a volume, whichever way it was attached; see {@link Attachment#detach}. */
  public void detach(String volumeName) throws AttachException {
    for (Attachment attachment : bestFirst) {
      attachment.detach(volumeName);
    }
  }
}
