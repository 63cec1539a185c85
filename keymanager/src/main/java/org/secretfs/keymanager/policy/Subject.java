package org.secretfs.keymanager.policy;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who asks, as policies name it.
 *
 * @param arn the user's ARN, or that of the role's session
 * @param principalArn the user's ARN, or that of the role: {@code aws:PrincipalArn}
 * @param accountId 12 digits
 */
public record Subject(String arn, String principalArn, String accountId) {
  private static final Pattern USER =
      Pattern.compile("arn:aws:iam::([0-9]{12}):user/([A-Za-z0-9_+=,.@/-]{1,512})");
  private static final Pattern SESSION =
      Pattern.compile(
          "arn:aws:sts::([0-9]{12}):assumed-role/([A-Za-z0-9_+=,.@-]{1,64})/([A-Za-z0-9_+=,.@-]{2,64})");
  private static final Pattern ROLE =
      Pattern.compile("arn:aws:iam::([0-9]{12}):role/([A-Za-z0-9_+=,.@/-]{1,512})");
  private static final Pattern ROOT = Pattern.compile("arn:aws:iam::([0-9]{12}):root");

  /** A user of an account. */
  public static Subject user(String accountId, String name) {
    String arn = "arn:aws:iam::%s:user/%s".formatted(accountId, name);
    return new Subject(arn, arn, accountId);
  }

  /** A session of a role. */
  public static Subject session(String accountId, String role, String session) {
    return new Subject(
        "arn:aws:sts::%s:assumed-role/%s/%s".formatted(accountId, role, session),
        "arn:aws:iam::%s:role/%s".formatted(accountId, role),
        accountId);
  }

  /** Reads the ARN of a user, a role or a session; empty if it is of none of these. */
  public static Optional<Subject> parse(String arn) {
    Matcher session = SESSION.matcher(arn);
    if (session.matches()) {
      return Optional.of(session(session.group(1), session.group(2), session.group(3)));
    }
    Matcher user = USER.matcher(arn);
    Matcher role = ROLE.matcher(arn);
    if (user.matches()) {
      return Optional.of(new Subject(arn, arn, user.group(1)));
    }
    return role.matches() ? Optional.of(new Subject(arn, arn, role.group(1))) : Optional.empty();
  }

  /** Whether a text is the ARN of a user, a role, a session or an account's root. */
  public static boolean isPrincipal(String arn) {
    return parse(arn).isPresent() || ROOT.matcher(arn).matches();
  }

  /** Whether an ARN names this principal itself: its own or, for a session, its role's. */
  public boolean isNamedBy(String name) {
    return name.equals(arn) || name.equals(principalArn);
  }

  /** The name of a user; empty for a session of a role. */
  public Optional<String> userName() {
    Matcher user = USER.matcher(arn);
    return user.matches()
        ? Optional.of(user.group(2).substring(user.group(2).lastIndexOf('/') + 1))
        : Optional.empty();
  }

  /** The condition keys that every request of this principal has. */
  public Map<String, String> facts() {
    Map<String, String> facts = new TreeMap<>();
    facts.put("aws:PrincipalArn", principalArn);
    facts.put("aws:PrincipalAccount", accountId);
    facts.put("aws:PrincipalType", userName().isPresent() ? "User" : "AssumedRole");
    facts.put("kms:CallerAccount", accountId);
    userName().ifPresent(name -> facts.put("aws:username", name));
    return facts;
  }
}
