package org.secretfs.keymanager.policy;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;

/** Documents by their text, so that each is read once. For several threads. */
public final class PolicyCache {
  private static final int MOST = 10_000;

  private final PolicyDocument.Kind kind;
  private final Map<String, PolicyDocument> documents = new ConcurrentHashMap<>();

  /** Makes an empty one for policies of one kind. */
  public PolicyCache(PolicyDocument.Kind kind) {
    this.kind = kind;
  }

  /** The document of a text, as {@link PolicyDocument#parse} reads it. */
  public PolicyDocument of(String json) throws MalformedPolicy {
    PolicyDocument known = documents.get(json);
    if (known != null) {
      return known;
    }
    PolicyDocument read = PolicyDocument.parse(json, kind);
    if (documents.size() >= MOST) {
      documents.clear();
    }
    documents.put(json, read);
    return read;
  }
}
