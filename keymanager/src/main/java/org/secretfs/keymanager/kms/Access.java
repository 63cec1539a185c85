package org.secretfs.keymanager.kms;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.identity.Permissions;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.policy.Decision;
import org.secretfs.keymanager.policy.Facts;
import org.secretfs.keymanager.policy.GrantRule;
import org.secretfs.keymanager.policy.NamedPolicy;
import org.secretfs.keymanager.policy.Origin;
import org.secretfs.keymanager.policy.PolicySet;
import org.secretfs.keymanager.policy.Question;
import org.secretfs.keymanager.store.AliasRecord;
import org.secretfs.keymanager.store.GrantRecord;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyType;

/**
 * Whether one request may do what it asks: gathers the policies, the grants and the condition keys,
 * and has the decision taken. The one place where that happens. For one thread.
 */
final class Access {
  private static final int MOST_RESOURCE_ALIASES = 256;

  private final Service service;
  private final Principal principal;
  private final Facts requestFacts = new Facts();
  private final Permissions permissions;

  Access(Service service, Principal principal) {
    this.service = service;
    this.principal = principal;
    this.permissions = new Permissions(principal);
  }

  /** Adds a condition key of this request. */
  void fact(String name, String value) {
    requestFacts.add(name, value);
  }

  void tagFacts(Map<String, String> tags, Collection<String> keys) {
    tags.forEach((key, value) -> requestFacts.add("aws:RequestTag/" + key, value));
    if (!keys.isEmpty()) {
      requestFacts.addAll("aws:TagKeys", keys);
    }
  }

  /** Notes by which name the request means a key. */
  void named(String name) {
    int alias = name.indexOf(KeyFinder.ALIAS);
    if (alias >= 0) {
      requestFacts.add("kms:RequestAlias", name.substring(alias));
    }
  }

  /** The condition keys that tell what kind of key it is. */
  static Map<String, String> kindFacts(KeyType type, String origin) {
    return Map.of(
        "kms:KeySpec",
        type.spec().name(),
        "kms:KeyUsage",
        type.usage().name(),
        "kms:KeyOrigin",
        origin,
        "kms:MultiRegion",
        "false");
  }

  /** Which statements and grants decided so far. */
  List<String> decisions() {
    return permissions.decisions();
  }

  /** Refuses an action on a key. */
  void require(String action, KeyRecord key, GrantRule.Use use) throws Refused, IOException {
    require(decide(action, key, use), action, service.arns().key(key.id()));
  }

  /** Refuses an action that concerns no key, or an alias beside its key. */
  void requireAlone(String action, String resource) throws Refused {
    String full = "kms:" + action;
    permissions.require(permissions.decide(full, resource, requestFacts), full, resource);
  }

  void require(Decision decision, String action, String resource) throws Refused {
    permissions.require(decision, "kms:" + action, resource);
  }

  /** What policies and grants come to; the caller refuses. */
  Decision decide(String action, KeyRecord key, GrantRule.Use use) throws IOException {
    NamedPolicy keyPolicy = KeyPolicies.inForce(key, service.keyPolicies(), service.arns());
    PolicySet policies =
        new PolicySet(
            keyPolicy,
            Origin.Source.KEY_POLICY,
            principal.policies(),
            principal.sessionPolicy(),
            grants(key));
    Question question =
        new Question(
            principal.subject(),
            "kms:" + action,
            service.arns().key(key.id()),
            facts(key, policies, use.encryptionContext()));
    return policies.decide(question, use);
  }

  /** Whether an action on a key, as it is given here, would be allowed; leaves no trace. */
  boolean allows(String action, KeyRecord key) throws IOException {
    return decide(action, key, GrantRule.Use.PLAIN).allows();
  }

  private List<GrantRule> grants(KeyRecord key) throws IOException {
    List<GrantRule> rules = new ArrayList<>();
    for (GrantRecord grant : service.store().grants().ofKey(key.id())) {
      if (principal.subject().isNamedBy(grant.grantee())) {
        rules.add(Grants.rule(grant));
      }
    }
    return rules;
  }

  private Facts facts(KeyRecord key, PolicySet policies, Map<String, String> context)
      throws IOException {
    Facts facts = new Facts().addAll(principal.facts()).addAll(requestFacts);
    kindFacts(key.type(), KeyMetadata.origin(key)).forEach(facts::add);
    context.forEach((name, value) -> facts.add("kms:EncryptionContext:" + name, value));
    if (!context.isEmpty()) {
      facts.addAll("kms:EncryptionContextKeys", context.keySet());
    }
    addWhatIsLookedUp(facts, key.id(), policies);
    return facts;
  }

  /** Adds what takes a look into the database, where a policy asks for it. */
  private void addWhatIsLookedUp(Facts facts, String keyId, PolicySet policies) throws IOException {
    if (policies.asksFor("aws:resourcetag/")) {
      for (Map.Entry<String, String> tag : service.store().tagsAfter(keyId, "", Tags.MOST)) {
        facts.add("aws:ResourceTag/" + tag.getKey(), tag.getValue());
      }
    }
    if (policies.asksFor("kms:resourcealiases")) {
      List<AliasRecord> aliases = service.store().aliasesAfter(keyId, "", MOST_RESOURCE_ALIASES);
      if (!aliases.isEmpty()) {
        facts.addAll("kms:ResourceAliases", aliases.stream().map(AliasRecord::name).toList());
      }
    }
  }
}
