package org.secretfs.keymanager.store;

import java.nio.file.Path;

/**
 * Where a store is, and whose.
 *
 * @param stateDirectory holds the database
 * @param rootKeyFile the root key; the file beside it that ends in {@code .generation} tells older
 *     copies of the database
 * @param accountId part of every key's ARN
 * @param region part of every key's ARN
 */
public record StoreFiles(Path stateDirectory, Path rootKeyFile, String accountId, String region) {
  /** The database. */
  public Path database() {
    return stateDirectory.resolve("keymanager.db");
  }
}
