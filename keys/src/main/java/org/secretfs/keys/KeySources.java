package org.secretfs.keys;

import java.util.Map;

/** Makes key sources from what a {@code secretfs} token of a LUKS2 header records. */
public final class KeySources {
  private KeySources() {}

  /**
   * Returns the key source that {@code facts} describe.
   *
   * @param facts as {@link KeySource#tokenFacts} made them, or whatever somebody wrote into the
   *     header: every value is checked, unknown members are refused
   * @param trust which of the places that they name may be used
   * @param observer is told of calls
   * @return a source that the caller must close
   * @throws KeySourceException.Malformed if a member is missing, unknown, or out of range
   * @throws KeySourceException.Misconfigured if a place is not trusted
   */
  public static KeySource fromTokenFacts(
      Map<String, Object> facts, TokenTrust trust, CallObserver observer)
      throws KeySourceException {
    return new TokenReader(facts, trust, observer).keySource();
  }
}
