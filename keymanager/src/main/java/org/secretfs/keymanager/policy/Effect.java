package org.secretfs.keymanager.policy;

/** What a statement does where it applies; the names are those of policy documents. */
public enum Effect {
  Allow,
  Deny
}
