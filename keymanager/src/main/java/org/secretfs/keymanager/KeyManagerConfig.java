package org.secretfs.keymanager;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * How a key manager is set up.
 *
 * @param listenHost the address to listen on; plain HTTP is for loopback addresses only
 * @param listenPort 1 to 65535, or 0 for any free one
 * @param insecureListen allows plain HTTP on other addresses: whoever reads the network then reads
 *     data keys
 * @param stateDirectory where the database is
 * @param rootKeyFile the key that wraps all others; keep it apart from {@code stateDirectory} and
 *     its backups
 * @param auditDirectory where the audit log is
 * @param accountId 12 digits, part of every key's ARN; fixed when the database is made
 * @param region part of every key's ARN and of every signature; fixed when the database is made
 * @param server TLS, rates and metrics
 * @param delivery where objects are kept and the audit trail goes
 */
public record KeyManagerConfig(
    String listenHost,
    int listenPort,
    boolean insecureListen,
    Path stateDirectory,
    Path rootKeyFile,
    Path auditDirectory,
    String accountId,
    String region,
    ServerSettings server,
    DeliverySettings delivery) {

  /** The account where none is configured. */
  public static final String DEFAULT_ACCOUNT_ID = "000000000000";

  /** The region where none is configured. */
  public static final String DEFAULT_REGION = "us-east-1";

  private static final Pattern ACCOUNT_ID = Pattern.compile("[0-9]{12}");
  private static final Pattern REGION = Pattern.compile("[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}");

  /**
   * Checks the values that have a form.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public KeyManagerConfig {
    require(!listenHost.isBlank(), "listenHost must not be empty");
    require(
        listenPort >= 0 && listenPort <= 65_535,
        "listenPort %d: must be 0 to 65535".formatted(listenPort));
    require(
        ACCOUNT_ID.matcher(accountId).matches(),
        "accountId \"%s\": must be 12 digits".formatted(accountId));
    require(
        REGION.matcher(region).matches(),
        "region \"%s\": must be like us-east-1".formatted(region));
  }

  /** Without TLS, at usual rates, without metrics; delivers nothing. */
  public KeyManagerConfig(
      String listenHost,
      int listenPort,
      boolean insecureListen,
      Path stateDirectory,
      Path rootKeyFile,
      Path auditDirectory,
      String accountId,
      String region) {
    this(
        listenHost,
        listenPort,
        insecureListen,
        stateDirectory,
        rootKeyFile,
        auditDirectory,
        accountId,
        region,
        ServerSettings.DEFAULT,
        DeliverySettings.NONE);
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }

  /**
   * Everything below one directory, on any free port of loopback: {@code state}, {@code root.key}
   * and {@code audit}.
   */
  public static KeyManagerConfig below(Path directory) {
    return new KeyManagerConfig(
        "127.0.0.1",
        0,
        false,
        directory.resolve("state"),
        directory.resolve("root.key"),
        directory.resolve("audit"),
        DEFAULT_ACCOUNT_ID,
        DEFAULT_REGION);
  }

  /** The same on another port. */
  public KeyManagerConfig withListenPort(int port) {
    return new KeyManagerConfig(
        listenHost,
        port,
        insecureListen,
        stateDirectory,
        rootKeyFile,
        auditDirectory,
        accountId,
        region,
        server,
        delivery);
  }

  /** The same, served otherwise. */
  public KeyManagerConfig withServer(ServerSettings settings) {
    return new KeyManagerConfig(
        listenHost,
        listenPort,
        insecureListen,
        stateDirectory,
        rootKeyFile,
        auditDirectory,
        accountId,
        region,
        settings,
        delivery);
  }

  /** The same with another delivery. */
  public KeyManagerConfig withDelivery(DeliverySettings other) {
    return new KeyManagerConfig(
        listenHost,
        listenPort,
        insecureListen,
        stateDirectory,
        rootKeyFile,
        auditDirectory,
        accountId,
        region,
        server,
        other);
  }
}
