package org.secretfs.cli.output;

import java.util.Optional;
import org.secretfs.agent.AgentError;
import org.secretfs.agent.AgentException;
import org.secretfs.attach.AttachException;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keys.KeySourceException;
import org.secretfs.luks.LuksException;

/** What to try after a failure: the one place with advice. */
final class Hints {
  private static final String SEE_DUMP = "see what the volume has: secretfs luks dump DEVICE";

  private static final String INSTALL =
      "install what is missing (apt-get install cryptsetup-bin fuse3), or choose another"
          + " 'attachment' in the configuration";
  private static final String BE_ROOT =
      "attaching makes a device of the kernel, which takes root: run the command as root. Without"
          + " root: secretfs luks read DEVICE, secretfs luks write DEVICE";

  private Hints() {}

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  static Optional<String> of(Throwable failure) {
    return switch (failure) {
      case KeySourceException e -> Optional.of(ofKeySource(e));
      case AgentException e -> ofAgent(e);
      case AttachException e -> Optional.of(ofAttach(e));
      case LuksException e -> Optional.of(ofLuks(e));
      case CliException e -> ofCli(e);
      case RuntimeException _ ->
          Optional.of("report it with what --debug shows; secrets are never in it");
      case KeyManagerException.Sealed _ ->
          Optional.of(
              "start the server and unseal it: secretfs keymanager unseal; other commands take"
                  + " --passphrase-file and --share-file");
      case KeyManagerException.Backup _ ->
          Optional.of("nothing was changed; docs/keymanager.md tells how to restore");
      default -> Optional.empty();
    };
  }

  private static String ofKeySource(KeySourceException e) {
    return switch (e) {
      case KeySourceException.KeyDisabled disabled ->
          "enable the key (aws kms enable-key --key-id …), then run `up` again;"
              + " nothing was changed on the volume";
      case KeySourceException.Denied denied ->
          "check that the wrapped secret belongs to this key and encryption context, and that the"
              + " credentials may use the key; the audit trail shows the request";
      case KeySourceException.NoCredentials none ->
          "provide AWS credentials: source the credentials file (for quickstart: . DIR/aws.env),"
              + " or give the instance a role";
      case KeySourceException.NotFound missing ->
          "check the names of key, bucket and object in the configuration; if the wrapped secret"
              + " was lost, the volume cannot be opened";
      case KeySourceException.Unreachable unreachable ->
          "check that the endpoint is up and reachable from here, then run the command again";
      case KeySourceException.Malformed malformed ->
          "look at what is stored there; a wrapped secret is the raw ciphertext blob of KMS";
      case KeySourceException.Misconfigured wrong ->
          "correct the configuration, or allow the place on the command line"
              + " (--trust-endpoint, --trust-bucket)";
    };
  }

  private static Optional<String> ofAgent(AgentException e) {
    if (e instanceof AgentException.NoSourceOpens && e.getCause() != null) {
      return of(e.getCause());
    }
    if (!(e.code() instanceof AgentError code)) {
      return Optional.empty();
    }
    return switch (code) {
      case DEVICE_NOT_BLANK ->
          Optional.of(
              "make sure that it is the right device. To destroy what it holds and format it, once:"
                  + " secretfs up --format-over-existing-data VOLUME");
      case DEVICE_DAMAGED ->
          Optional.of(
              "restore the header from a backup: secretfs luks header-restore --header-backup-file"
                  + " FILE DEVICE. To give the data up and format anew, once:"
                  + " secretfs up --format-over-existing-data VOLUME");
      case FORMAT_UNSUPPORTED ->
          Optional.of(
              "keep the data: secretfs luks convert --type luks2 DEVICE, after a header-backup."
                  + " To give it up and format anew, once:"
                  + " secretfs up --format-over-existing-data VOLUME");
      case DEVICE_HOLDS_VOLUME ->
          Optional.of(
              "make sure that it is the right device: secretfs luks dump DEVICE. To give its data up"
                  + " for good: secretfs luks erase DEVICE, wipefs --all DEVICE, and once:"
                  + " secretfs up --format-over-existing-data VOLUME");
      case DEVICE_MISSING ->
          Optional.of("check 'device' in the configuration and that the disk is attached (lsblk)");
      case MOUNT_POINT_TAKEN ->
          Optional.of("unmount what is there, or choose another 'mount' in the configuration");
      case FILE_SYSTEM_UNEXPECTED ->
          Optional.of("correct 'filesystem' in the configuration; nothing was changed");
      case SECRET_DOES_NOT_OPEN ->
          Optional.of(
              "check that the wrapped secret is this volume's own; secretfs luks dump DEVICE shows"
                  + " its keyslots and token. If it is, somebody replaced the header");
      case HEADER_NOT_AUTHENTIC ->
          Optional.of(
              "somebody may have changed the disk while the machine was off: compare secretfs"
                  + " luks dump DEVICE with what you know. If you changed the header yourself (a new"
                  + " secret, a re-encryption), vouch for it: secretfs manifest renew VOLUME");
      case MANIFEST_MISSING ->
          Optional.of(
              "a volume that secretfs made has one, so treat this header as swapped. If the volume"
                  + " was made by other means, look at secretfs luks dump DEVICE and vouch for it:"
                  + " secretfs manifest renew VOLUME; or set 'manifest: optional'");
      case DEVICE_IN_USE ->
          Optional.of("see what uses it (lsblk, findmnt), and stop that if it is the right device");
      case DEVICE_CHANGED -> Optional.of("look at the device, then run the command again");
      case NAME_TAKEN ->
          Optional.of("take that volume down with its own configuration, or rename this one");
      case TOKEN_MISSING -> Optional.of("name the volume in a configuration file instead");
      case DEVICE_UNREADABLE, STATE_UNWRITABLE, AUDIT_UNWRITABLE ->
          Optional.of("check the file system's space and rights, and the kernel's log (dmesg)");
    };
  }

  private static String ofAttach(AttachException e) {
    return switch (e) {
      case AttachException.Unavailable unavailable -> isRoot() ? INSTALL : BE_ROOT;
      case AttachException.CommandFailed failed -> "look at the kernel's log (dmesg)";
      case AttachException.Busy busy -> "stop what uses it, then run the command again";
      case AttachException.NotFound missing ->
          "check the name and the path; what is attached: findmnt, losetup --list";
      case AttachException.NotPermitted denied -> BE_ROOT;
      case AttachException.ServerDied died -> "run `secretfs down` and `secretfs up` again";
      case AttachException.UnexpectedContent unexpected -> "look at the device with blkid";
    };
  }

  private static String ofLuks(LuksException e) {
    return switch (e) {
      case LuksException.HeaderChanged _ -> "run the command again";
      case LuksException.HeaderBusy _ -> "wait until the other program is done with the header";
      case LuksException.ReencryptionUnfinished _ ->
          "finish it: secretfs luks reencrypt --resume-only DEVICE; how far it is: secretfs luks"
              + " dump DEVICE; or use it as it is: secretfs luks open DEVICE NAME";
      case LuksException.ReencryptionRefused _ ->
          "see what the volume has, and how far a re-encryption is: secretfs luks dump DEVICE;"
              + " docs/reencryption.md tells how one that was cut off goes on";
      case LuksException.NotLuks none when none.isEncryptionCutOff() ->
          "no data is lost; go on with: secretfs luks reencrypt --resume-only DEVICE";
      case LuksException.NotLuks _ ->
          "make sure that it is the right device: secretfs luks is-luks --verbose DEVICE";
      case LuksException.CorruptHeader _ ->
          "try secretfs luks repair DEVICE; if that is refused, restore a backup:"
              + " secretfs luks header-restore --header-backup-file FILE DEVICE";
      case LuksException.NoKeyslotOpened _ ->
          "make sure of the device, and of the key: all bytes of a key file count, a newline at its"
              + " end, too. secretfs luks dump DEVICE shows the keyslots; one of priority ignore is"
              + " tried only when --key-slot names it";
      case LuksException.DerivationFailed _ -> "give it more memory, then run the command again";
      case LuksException.FormatUnfinished _ -> "format it again: there is nothing to be saved";
      case LuksException.SignaturesAmbiguous _ ->
          "find out which of the two it is (blkid -p, wipefs --no-act, of the device); nothing was"
              + " changed";
      case LuksException.BackupRefused _ ->
          "compare with the backup: secretfs luks dump DEVICE, and luks dump of the backup's file."
              + " Where it is only another volume's, header-restore --force puts it back all the same,"
              + " after which the data may be unreadable";
      case LuksException.ManifestMissing _,
          LuksException.ManifestBroken _,
          LuksException.HeaderNotVouchedFor _ ->
          "somebody may have changed the header: compare secretfs luks dump DEVICE with what you"
              + " know; if you changed it yourself: secretfs manifest renew VOLUME";
      case LuksException.UnsupportedFeature _,
          LuksException.TokenInvalid _,
          LuksException.KeyslotInvalid _,
          LuksException.NoRoom _ ->
          SEE_DUMP;
    };
  }

  private static Optional<String> ofCli(CliException e) {
    return switch (e.code() instanceof CliError code ? code : CliError.PROOF_FAILED) {
      case CONFIGURATION_MISSING ->
          Optional.of(
              "write it (docs/configuration.md), name another with --config, or see how"
                  + " everything works first: secretfs quickstart");
      case CONFIGURATION_WRONG -> Optional.of("correct that line; docs/configuration.md lists all");
      case TRAIL_BROKEN ->
          Optional.of("keep the files as evidence; records before the break can be trusted");
      case PROCESS_NOT_READY -> Optional.of("look at its log");
      case DEVICE_NOT_BLANK ->
          Optional.of(
              "make sure that it is the right device (blkid, secretfs luks dump); to destroy what"
                  + " it holds: --over-existing-data");
      case VOLUME_HAS_KEYSLOTS ->
          Optional.of(
              "make sure that it is the right volume (secretfs luks dump DEVICE). To give its data"
                  + " up: secretfs luks erase DEVICE, then format with --over-existing-data");
      case NOT_CONFIRMED -> Optional.of("answer YES, or say it on the command line: --batch-mode");
      case DEVICE_IN_USE ->
          Optional.of(
              "see what uses it (lsblk, findmnt, losetup --list, secretfs luks status), and stop"
                  + " that if it is the right device");
      case BACKUP_UNREADABLE ->
          Optional.of("name the file that secretfs luks header-backup, or cryptsetup, wrote");
      case NAME_NOT_OPEN ->
          Optional.of("check the name; each that is open has a directory: ls /run/secretfs");
      case NOT_PERMITTED ->
          Optional.of("run the command as a user who may (ls -l shows whom), or as root");
      case FILE_EXISTS -> Optional.of("name another file; none is ever overwritten");
      case EXPORT_UNREACHABLE ->
          Optional.of(
              "check that the server runs and lets this client use the export: nbdinfo URI;"
                  + " secretfs proxy export list on the server's machine");
      case EXPORT_UNSUITABLE ->
          Optional.of("make a file system on it first: attach it without --mount, then mkfs");
      case USAGE_WRONG, PROOF_FAILED, TRAIL_UNREADABLE, FILE_UNWRITABLE, DEVICE_FAILED ->
          Optional.empty();
    };
  }
}
