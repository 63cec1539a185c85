package org.secretfs.cli.quickstart;

import java.nio.file.Path;

/**
 * What quickstart keeps in its folder.
 *
 * @param directory the folder, absolute
 */
record QuickstartFiles(Path directory) {
  /** Marks the folder as ours, so that removing it removes nothing else. */
  Path marker() {
    return directory.resolve(".secretfs-quickstart");
  }

  Path credentials() {
    return directory.resolve("aws.env");
  }

  Path administratorCredentials() {
    return directory.resolve("admin.env");
  }

  Path configuration() {
    return directory.resolve("secretfs.yaml");
  }

  Path keyManagerConfiguration() {
    return directory.resolve("keymanager.yaml");
  }

  Path keyManagerLog() {
    return directory.resolve("keymanager.log");
  }

  Path keyManagerTrail() {
    return directory.resolve("keymanager-audit");
  }

  Path bucket() {
    return directory.resolve("bucket");
  }

  Path backingFile() {
    return directory.resolve("disk.img");
  }
}
