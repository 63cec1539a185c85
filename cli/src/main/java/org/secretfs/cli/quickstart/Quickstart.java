package org.secretfs.cli.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.secretfs.agent.Agent;
import org.secretfs.agent.StepListener;
import org.secretfs.agent.VolumeSpec;
import org.secretfs.agent.VolumeStatus;
import org.secretfs.attach.Command;
import org.secretfs.attach.SystemCommandRunner;
import org.secretfs.audit.AuditEntry;
import org.secretfs.audit.AuditTrail;
import org.secretfs.audit.Verification;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.config.Sizes;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.AuditLine;
import org.secretfs.cli.output.FailureReport;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.process.Wiring;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keys.KeySourceException;

/** The main job, end to end on one machine, each step shown and proven. */
public final class Quickstart {
  private static final int CHAPTERS = 6;
  private static final int AUDIT_LINES = 4;

  private final QuickstartOptions options;
  private final QuickstartFiles files;
  private final Output output;
  private final Narrator narrator;
  private final KeyManagerProcess keyManager;

  public Quickstart(QuickstartOptions options, Output output) {
    this.options = options;
    this.files = new QuickstartFiles(options.directory());
    this.output = output;
    this.narrator = new Narrator(output, CHAPTERS);
    this.keyManager = new KeyManagerProcess(files);
  }

  /** Does the job; the volume is mounted when this returns. */
  public void run() throws SecretfsException {
    output.line("secretfs quickstart in %s", files.directory());
    QuickstartSetup setup = new QuickstartSetup(options, files);
    narrator.chapter("A key manager on the loopback that speaks the AWS KMS API");
    KeyManagerConfig server = setup.prepareKeyManager();
    long pid = keyManager.ensureRunning(server);
    narrator.fact("process %d at http://%s:%d", pid, server.listenHost(), server.listenPort());
    narrator.fact("its log: %s", files.keyManagerLog());
    narrator.fact(
        "credentials: %s (mode 0600; may only ask for the volume's secret)", files.credentials());
    narrator.fact(
        "administrator: %s (manages keys with the AWS CLI; may not decrypt)",
        files.administratorCredentials());
    QuickstartKey.useCredentials(files.credentials());
    try (QuickstartKey key = new QuickstartKey(server, files.administratorCredentials())) {
      narrator.fact("key %s", key.ensureEnabled());
      narrator.fact("alias %s", QuickstartKey.ALIAS);
      SecretfsConfig config = setup.prepareVolume(server);
      Agent agent = Wiring.agent(config.files(), config.audit(), Clock.systemUTC(), narrator);
      tour(agent, setup.volume(config), key);
      picture(agent.status(setup.volume(config)), pid, server);
    }
  }

  private void tour(Agent agent, VolumeSpec volume, QuickstartKey key) throws SecretfsException {
    narrator.chapter("An encrypted volume whose secret only that key unwraps");
    bringUp(agent, volume);
    narrator.fact(
        "wrapped secret: %s (encryption context volume=%s)",
        files.bucket().resolve(volume.name() + ".wrapped"), volume.name());
    narrator.fact("mounted at %s", options.mount());
    String text = "secretfs quickstart wrote this: " + UUID.randomUUID() + "\n";
    proveEncryption(agent, volume, text);
    proveAudit();
    narrator.chapter("Down, and up again");
    agent.down(volume);
    agent.up(volume, false);
    Proofs.readsBack(proofFile(), text);
    narrator.proved("the data is still there");
    proveRefusal(agent, volume, key, text);
  }

  private void bringUp(Agent agent, VolumeSpec volume) throws SecretfsException {
    if (!agent.up(volume, false)) {
      narrator.fact("it is up already");
    }
  }

  private Path proofFile() {
    return options.mount().resolve("quickstart.txt");
  }

  private void proveEncryption(Agent agent, VolumeSpec volume, String text)
      throws SecretfsException {
    narrator.chapter("Proof: files in, ciphertext on disk");
    Proofs.write(proofFile(), text);
    Proofs.readsBack(proofFile(), text);
    narrator.proved("%s reads back through the mount", proofFile());
    String uuid = agent.status(volume).header().orElseThrow().uuid().toString();
    Proofs.isNowhereIn(files.backingFile(), text.strip(), uuid);
    narrator.proved(
        "its bytes are nowhere in %s (the same search finds the header's UUID)",
        files.backingFile());
    String dump =
        new SystemCommandRunner()
            .require(Command.of("cryptsetup", "luksDump", files.backingFile().toString()));
    Proofs.require(dump.contains(uuid), "cryptsetup luksDump does not show UUID %s", uuid);
    narrator.proved("cryptsetup luksDump describes the header:");
    dump.lines().filter(Quickstart::isTelling).map(String::stripTrailing).forEach(narrator::quote);
  }

  private static boolean isTelling(String line) {
    return Stream.of("Version:", "UUID:", "cipher:", "sector:", "PBKDF:", ": secretfs")
        .anyMatch(line::contains);
  }

  private void proveAudit() throws CliException {
    narrator.chapter("Proof: the audit trail shows who asked for the key and when");
    List<AuditEntry> entries = new ArrayList<>();
    try {
      Verification verification = AuditTrail.read(files.keyManagerTrail(), entries::add);
      Proofs.require(verification.isIntact(), "the trail is broken: %s", verification);
    } catch (IOException e) {
      throw new CliException(CliError.PROOF_FAILED, "the trail cannot be read: " + e, e);
    }
    List<String> lines =
        entries.stream()
            .filter(entry -> entry.event().eventName().matches("Decrypt|GenerateDataKey"))
            .map(entry -> AuditLine.of(entry.event()))
            .toList();
    Proofs.require(!lines.isEmpty(), "no request for the volume's secret is on the trail");
    lines.subList(Math.max(0, lines.size() - AUDIT_LINES), lines.size()).forEach(narrator::quote);
    narrator.proved("%d records in all, the chain of hashes is intact", entries.size());
  }

  private void proveRefusal(Agent agent, VolumeSpec volume, QuickstartKey key, String text)
      throws SecretfsException {
    narrator.chapter("The owner disables the key: nothing opens; enables it: works again");
    agent.down(volume);
    key.disable();
    String before = Proofs.headerDigest(files.backingFile());
    try {
      agent.up(volume, false);
      throw new CliException(
          CliError.PROOF_FAILED, "up did not refuse although the key is disabled");
    } catch (KeySourceException.KeyDisabled e) {
      narrator.quote("up: " + e.getMessage());
      FailureReport.hint(e).ifPresent(hint -> narrator.quote("try: " + hint));
    }
    Proofs.require(
        before.equals(Proofs.headerDigest(files.backingFile())),
        "the refused up changed the header");
    narrator.proved("up refused and changed nothing on the volume");
    key.ensureEnabled();
    agent.up(volume, false);
    Proofs.readsBack(proofFile(), text);
    narrator.proved("with the key enabled the data is back");
  }

  private void picture(VolumeStatus status, long keyManagerPid, KeyManagerConfig server) {
    String dir = displayDirectory();
    String opened = status.openedDevice().map(Path::toString).orElse("?");
    output.line("");
    output.line("What runs where:");
    output.line("");
    output.line("  files       %s  (plaintext, while it is up)", options.mount());
    output.line("                │ ext4 on %s", opened);
    output.line(
        "  engine      %s  (holds the volume key in memory)", status.attachment().orElse("?"));
    output.line("                │ aes-xts-plain64");
    output.line(
        "  disk        %s/disk.img  (LUKS2, ciphertext, %s)",
        dir, Sizes.format(options.sizeBytes()));
    output.line("  secret      %s/bucket  (wrapped: useless without the key manager)", dir);
    output.line(
        "  key manager http://%s:%d  (process %d; database, root key, audit trail in %s)",
        server.listenHost(), server.listenPort(), keyManagerPid, dir);
    output.line("");
    output.line("Go on:");
    output.line("");
    output.line("  ./secretfs status --config %s/secretfs.yaml", dir);
    output.line("  ./secretfs audit list --config %s/secretfs.yaml", dir);
    output.line("  ./secretfs down --config %s/secretfs.yaml", dir);
    output.line("  . %s/aws.env && ./secretfs up --config %s/secretfs.yaml", dir, dir);
    output.line("  . %s/admin.env && aws kms list-aliases", dir);
    output.line("");
    output.line("Remove everything:  ./secretfs quickstart --dir %s --remove", dir);
  }

  private String displayDirectory() {
    Path here = Path.of("").toAbsolutePath();
    return files.directory().startsWith(here)
        ? here.relativize(files.directory()).toString()
        : files.directory().toString();
  }

  /** Takes the volume down, stops the key manager and deletes the folder. */
  public void remove() throws SecretfsException {
    FolderRemoval removal = new FolderRemoval(files);
    if (!Files.exists(files.directory())) {
      output.line("%s does not exist: nothing to remove", files.directory());
      return;
    }
    removal.requireOurs();
    if (Files.exists(files.configuration())) {
      SecretfsConfig config = SecretfsConfig.read(files.configuration(), Clock.systemUTC());
      Agent agent =
          Wiring.agent(config.files(), config.audit(), Clock.systemUTC(), StepListener.NONE);
      for (VolumeSpec volume : config.volumes().values()) {
        agent.down(volume);
      }
    }
    removal.requireNoMounts();
    keyManager.stop();
    removal.delete();
    output.line("removed %s", files.directory());
  }
}
