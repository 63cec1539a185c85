package org.secretfs.machinetest;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.stream.Collectors;
import org.secretfs.failure.SecretfsException;
import org.secretfs.machinetest.Partitions.Partition;

/**
 * What dm-crypt and cryptsetup do in one boot of a machine: {@link #add} jobs, {@link #run} them,
 * then look at each one's {@link #result} and {@link #volume}. The machine is off by then. What a
 * job does is in dm-crypt.sh.
 */
final class DmCryptJobs {
  private static final String SECRET = "right";
  private static final int BLOCK_BYTES = 4096;

  private final Path folder;
  private final Path keyFile;
  private final Partitions partitions;
  private final byte[] pattern = new byte[8 << 20];
  private final List<Prepared> prepared = new ArrayList<>();
  private final Map<String, MatchResult> results = new HashMap<>();

  /** What is to be done with one volume. */
  record Job(
      String name,
      String way,
      LuksShape shape,
      Partition data,
      Optional<Partition> header,
      int skipBlocks) {}

  /** Makes a volume on the host before the machine boots. */
  @FunctionalInterface
  interface Preparation {
    void prepare(OurVolume volume, byte[] plain) throws IOException, SecretfsException;
  }

  /** What is done with a volume after the machine ended. */
  @FunctionalInterface
  interface VolumeUse<T> {
    T apply(OurVolume volume) throws IOException, SecretfsException;
  }

  private record Prepared(Job job, String line, Optional<Preparation> preparation) {}

  DmCryptJobs(Path folder) throws IOException {
    this.folder = folder;
    this.partitions = new Partitions(folder);
    this.keyFile = Files.writeString(folder.resolve("key"), SECRET);
    new SplittableRandom(4711).nextBytes(pattern);
  }

  /**
   * Adds a job.
   *
   * @param preparation makes the volume; without one the guest does
   */
  Job add(String way, LuksShape shape, List<String> options, Optional<Preparation> preparation) {
    int number = prepared.size();
    int before = shape.detached() ? 0 : shape.headerBytes();
    Job job =
        new Job(
            "v" + number,
            way,
            shape,
            partitions.add(before + (long) shape.dataBytes()),
            shape.detached() ? Optional.of(partitions.add(shape.headerBytes())) : Optional.empty(),
            number);
    prepared.add(new Prepared(job, line(job, options), preparation));
    return job;
  }

  private static String line(Job job, List<String> options) {
    return "%s %s %s %s %s %d %d %s%n"
        .formatted(
            job.name(),
            job.way(),
            job.shape().cipher(),
            job.data().name(),
            job.header().map(Partition::name).orElse("-"),
            job.skipBlocks(),
            job.shape().dataBytes() / BLOCK_BYTES,
            String.join(" ", options));
  }

  /** What a job's volume holds from beginning to end. */
  byte[] plain(Job job) {
    int begin = job.skipBlocks() * BLOCK_BYTES;
    return Arrays.copyOfRange(pattern, begin, begin + job.shape().dataBytes());
  }

  /** Boots a machine that does all jobs and ends. */
  void run(Duration limit) throws Exception {
    Hardware hardware = new Hardware();
    RootImage root = RootImage.obtain();
    hardware.disk(Machine.overlay(folder, root).toString(), "qcow2", "root");
    String lines = prepared.stream().map(Prepared::line).collect(Collectors.joining());
    hardware.cargo(Cargo.pack(folder, "dm-crypt.sh", Map.of("jobs", lines, "key", SECRET)));
    hardware.rawDisk(Files.write(folder.resolve("pattern"), pattern), "pattern");
    for (Path disk : partitions.make()) {
      hardware.rawDisk(disk, disk.getFileName().toString());
    }
    for (Prepared each : prepared) {
      prepare(each);
    }
    try (Machine machine = new Machine(folder, root, hardware)) {
      machine.boot();
      machine.await("cargo-exit=0", limit);
      for (Prepared each : prepared) {
        String name = each.job().name();
        results.put(name, machine.await("job %s (\\S+) ?(.*)".formatted(name), limit));
      }
    }
  }

  private void prepare(Prepared prepared) throws IOException, SecretfsException {
    if (prepared.preparation().isEmpty()) {
      return;
    }
    Job job = prepared.job();
    OurVolume volume = new OurVolume(file(job, "data"), headerFile(job), keyFile);
    setLength(volume.data(), job.data().lengthBytes());
    prepared.preparation().get().prepare(volume, plain(job));
    job.data().put(volume.data());
    if (job.header().isPresent()) {
      job.header().get().put(volume.header().orElseThrow());
    }
    delete(volume);
  }

  /**
   * Returns what the guest said of a job that was done.
   *
   * @throws IOException if it failed; says with what words
   * @throws org.opentest4j.TestAbortedException if the guest's kernel lacks the cipher
   */
  String result(Job job) throws IOException {
    MatchResult result = Objects.requireNonNull(results.get(job.name()), "no such job was run");
    return switch (result.group(1)) {
      case "done" -> result.group(2);
      case "lacks" -> abort("the guest's kernel has no " + result.group(2));
      default -> throw new IOException(job + " failed: " + result.group(2));
    };
  }

  /** Lets the product work on a copy of the volume that a job left. */
  <T> T volume(Job job, VolumeUse<T> use) throws IOException, SecretfsException {
    OurVolume volume = new OurVolume(file(job, "data"), headerFile(job), keyFile);
    try {
      job.data().get(volume.data());
      if (job.header().isPresent()) {
        job.header().get().get(volume.header().orElseThrow());
      }
      return use.apply(volume);
    } finally {
      delete(volume);
    }
  }

  private Path file(Job job, String part) {
    return folder.resolve(job.name() + "." + part);
  }

  private Optional<Path> headerFile(Job job) {
    return job.header().map(_ -> file(job, "header"));
  }

  private static void setLength(Path file, long lengthBytes) throws IOException {
    try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
      made.setLength(lengthBytes);
    }
  }

  private static void delete(OurVolume volume) throws IOException {
    Files.deleteIfExists(volume.data());
    if (volume.header().isPresent()) {
      Files.deleteIfExists(volume.header().get());
    }
  }
}
