package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Locale;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksProbe;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.ReencryptionSetup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Tells whether a device holds a LUKS volume. */
@Command(
    name = "is-luks",
    aliases = "isLuks",
    mixinStandardHelpOptions = true,
    description = {
      "Tells by its exit status whether a device holds a valid LUKS header: 0 yes, 1 no.",
      "A header that is damaged in both copies is no; --json tells what was found.",
    })
final class IsLuksCommand extends LuksAction {
  @Mixin private LuksDevice device = new LuksDevice();

  @Mixin
  @SuppressWarnings("UnusedVariable")
  private Unasked unasked = new Unasked();

  @Mixin private TypeOption type = new TypeOption();

  IsLuksCommand(Output output) {
    super(output);
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.read()) {
      LuksProbe probe = LuksProbe.probe(storage);
      boolean any = probe.kind() == LuksProbe.Kind.LUKS2 || isLuks1(probe, storage);
      String kind = probe.kind().name().toLowerCase(Locale.ROOT);
      return Output.object()
          .put("device", device.header().toString())
          .put("is_luks", type.means(kind) && any)
          .put("kind", kind)
          .put("encryption_cut_off", isCutOff(probe, storage))
          .put("detail", probe.detail());
    }
  }

  private static boolean isCutOff(LuksProbe probe, FileLuksStorage storage) throws IOException {
    return probe.kind() == LuksProbe.Kind.NONE && ReencryptionSetup.isCutOff(storage);
  }

  /** Where its magic is, the rest must be right, too. */
  private static boolean isLuks1(LuksProbe probe, FileLuksStorage storage)
      throws IOException, SecretfsException {
    if (probe.kind() != LuksProbe.Kind.LUKS1) {
      return false;
    }
    try {
      LuksVolume.read(storage);
      return true;
    } catch (LuksException.CorruptHeader e) {
      return false;
    } catch (LuksException.UnsupportedFeature e) {
      return true;
    }
  }

  @Override
  int statusOf(ObjectNode facts) {
    return facts.get("is_luks").asBoolean() ? ExitStatus.DONE : ExitStatus.OTHER;
  }

  @Override
  void text(ObjectNode facts) {
    if (verbose()) {
      output().line("%s: %s", facts.get("kind").asText(), facts.get("detail").asText());
      if (facts.get("encryption_cut_off").asBoolean()) {
        output()
            .line(
                "no data is lost; go on with: secretfs luks reencrypt --resume-only %s",
                facts.get("device").asText());
      }
    }
  }
}
