package org.secretfs.keymanager.policy;

/** What policies and grants come to, and which of them decided. */
public sealed interface Decision {
  /**
   * It may be done.
   *
   * @param by what allows it
   */
  record Allowed(Origin by) implements Decision {}

  /**
   * A statement forbids it, whatever others allow.
   *
   * @param by what forbids it
   */
  record Forbidden(Origin by) implements Decision {}

  /**
   * Nothing forbids it, and nothing allows it.
   *
   * @param missing where a statement that allows it would have to be
   */
  record NotAllowed(Missing missing) implements Decision {}

  /** Where nothing allows. */
  enum Missing {
    IDENTITY_POLICY("no identity-based policy allows the %s action"),
    RESOURCE_POLICY("no resource-based policy allows the %s action"),
    SESSION_POLICY("no session policy allows the %s action");

    private final String text;

    Missing(String text) {
      this.text = text;
    }
  }

  /** Whether it may be done. */
  default boolean allows() {
    return this instanceof Allowed;
  }

  /** Why not, in AWS's words; empty where it may be done. */
  default String why(String action) {
    return switch (this) {
      case Allowed allowed -> "";
      case Forbidden forbidden ->
          switch (forbidden.by().source()) {
            case KEY_POLICY, TRUST_POLICY, GRANT ->
                "with an explicit deny in a resource-based policy";
            case IDENTITY_POLICY -> "with an explicit deny in an identity-based policy";
            case SESSION_POLICY -> "with an explicit deny in a session policy";
          };
      case NotAllowed not -> "because " + not.missing().text.formatted(action);
    };
  }
}
