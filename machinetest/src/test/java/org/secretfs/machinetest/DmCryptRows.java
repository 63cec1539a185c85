package org.secretfs.machinetest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.secretfs.failure.SecretfsException;
import org.secretfs.machinetest.DmCryptJobs.Job;

/**
 * Volumes against the kernel's dm-crypt and the real cryptsetup, each both ways; re-encryptions
 * that one program begins and the other finishes. One boot does what all rows need; the rows then
 * look at what it left.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DmCryptRows {
  private static final int ZONES_BEFORE_STOP = 5;

  private final Map<Object, Job> madeHere = new HashMap<>();
  private final Map<Object, Job> madeThere = new HashMap<>();
  private Optional<DmCryptJobs> done = Optional.empty();

  abstract List<LuksShape> shapes();

  abstract List<LuksChange> changes();

  /** How long the guest may take; it says nothing of how long it does. */
  abstract Duration limit();

  @BeforeAll
  void runMachine(@TempDir Path folder) throws Exception {
    Machine.requireTools();
    DmCryptJobs jobs = new DmCryptJobs(folder);
    for (LuksShape shape : shapes()) {
      madeHere.put(shape, jobs.add("read", shape, List.of(), Optional.of(filled(shape))));
      madeThere.put(shape, jobs.add("make", shape, shape.options(), Optional.empty()));
    }
    for (LuksChange change : changes()) {
      madeHere.put(change, add(jobs, change));
    }
    jobs.run(limit());
    done = Optional.of(jobs);
  }

  private static DmCryptJobs.Preparation filled(LuksShape shape) {
    return (volume, plain) -> {
      volume.format(shape.options());
      volume.write(plain);
    };
  }

  private static Job add(DmCryptJobs jobs, LuksChange change) {
    DmCryptJobs.Preparation filled = filled(change.before());
    boolean begunHere = change.way().equals("finish");
    DmCryptJobs.Preparation begun =
        (volume, plain) -> {
          filled.prepare(volume, plain);
          volume.beginReencryption(change.libraryOptions(), ZONES_BEFORE_STOP);
        };
    List<String> options = begunHere ? List.of() : change.options();
    return jobs.add(
        change.way(), change.before(), options, Optional.of(begunHere ? begun : filled));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shapes")
  void volume_madeHere_dmCryptReads(LuksShape shape) throws Exception {
    Job job = Objects.requireNonNull(madeHere.get(shape));
    String[] result = jobs().result(job).split(" ", 5);
    assertThat(result[0]).isEqualTo(sha256(jobs().volume(job, OurVolume::read)));
    assertThat(result[0]).isEqualTo(sha256(jobs().plain(job)));
    assertThat(result[3] + " " + result[4]).startsWith("crypt " + shape.cipher() + " ");
    if (shape.sectorSize() != 512) {
      assertThat(result[4]).contains("sector_size:" + shape.sectorSize());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shapes")
  void volume_madeByDmCrypt_readsHere(LuksShape shape) throws Exception {
    Job job = Objects.requireNonNull(madeThere.get(shape));
    assertThat(jobs().result(job)).isEqualTo("made");
    assertThat(jobs().volume(job, OurVolume::read)).isEqualTo(jobs().plain(job));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void reencryption_begunByOneProgram_isFinishedByTheOther(LuksChange change) throws Exception {
    Job job = Objects.requireNonNull(madeHere.get(change));
    String result = jobs().result(job);
    byte[] plain =
        change.way().equals("finish")
            ? jobs().volume(job, OurVolume::read)
            : jobs().volume(job, DmCryptRows::finish);
    assertThat(plain).isEqualTo(jobs().plain(job));
    if (change.way().equals("finish")) {
      assertThat(result).startsWith(sha256(plain)).contains(" crypt " + change.cipher() + " ");
    } else {
      assertThat(result).isEqualTo("interrupted");
    }
  }

  private static byte[] finish(OurVolume volume) throws IOException, SecretfsException {
    assertThat(volume.isInReencryption()).isTrue();
    volume.finishReencryption();
    assertThat(volume.isInReencryption()).isFalse();
    return volume.read();
  }

  private DmCryptJobs jobs() {
    return done.orElseThrow();
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
