package org.secretfs.keymanager.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.pem.KeyAndChain;

/**
 * The server's certificate, which may be replaced at any time. A handshake asks for an alias, then
 * for its certificates and its key; the alias names a generation, and the one before the present is
 * kept, so that a handshake under way never gets the certificate of one and the key of the other.
 */
final class CurrentIdentity extends X509ExtendedKeyManager {
  private volatile Generations generations;

  private record Generations(long number, KeyAndChain present, @Nullable KeyAndChain previous) {
    @Nullable KeyAndChain named(@Nullable String alias) {
      if (alias == null) {
        return null;
      }
      return alias.equals(alias(number))
          ? present
          : alias.equals(alias(number - 1)) ? previous : null;
    }

    static String alias(long number) {
      return "generation-" + number;
    }
  }

  CurrentIdentity(KeyAndChain first) {
    this.generations = new Generations(1, first, null);
  }

  synchronized void replace(KeyAndChain next) {
    Generations before = generations;
    generations = new Generations(before.number + 1, next, before.present);
  }

  private @Nullable String alias(String keyType) {
    Generations now = generations;
    return keyType.equals(now.present.key().getAlgorithm()) ? Generations.alias(now.number) : null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return alias(keyType);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return alias(keyType);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    String alias = alias(keyType);
    return alias == null ? null : new String[] {alias};
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    KeyAndChain named = generations.named(alias);
    return named == null ? null : named.chain();
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    KeyAndChain named = generations.named(alias);
    return named == null ? null : named.key();
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
