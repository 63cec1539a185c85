package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code secretfs keymanager init|user|role|policy}. */
class PrincipalCommandsTest {
  private final Cli cli = new Cli(Map.of());

  @TempDir private Path directory;

  @BeforeEach
  void init() throws IOException {
    Files.writeString(
        directory.resolve("keymanager.yaml"),
        """
        listen: 127.0.0.1:8600
        state_directory: state
        root_key_file: root.key
        audit_directory: audit
        """);
    done("init", "--credentials", path("admin.env"));
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private Cli.Result run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("keymanager"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--config", path("keymanager.yaml")));
    return cli.run(all.toArray(new String[0]));
  }

  private Cli.Result done(String... arguments) {
    Cli.Result result = run(arguments);
    assertThat(result.status()).as(result.toString()).isZero();
    return result;
  }

  private JsonNode user(String name) throws IOException {
    for (JsonNode user : done("user", "list", "--json").json().path("users")) {
      if (user.path("name").textValue().equals(name)) {
        return user;
      }
    }
    throw new AssertionError("no user " + name);
  }

  @Test
  void init_withoutMore_makesAnAdministratorWhoMayNotDecrypt() throws Exception {
    assertThat(user("admin").path("policies").toString()).isEqualTo("[\"KeyAdministrator\"]");
  }

  @Test
  void user_madeAndRemoved_hasPoliciesAKeyAndASecondFactor() throws Exception {
    done("user", "create", "m", "--policy", "KeyUser", "--credentials", path("m.env"));
    done("user", "enable-totp", "m", "--out", path("m.totp"));
    assertThat(directory.resolve("m.env")).content().contains("AWS_ACCESS_KEY_ID=AKIA");
    assertThat(directory.resolve("m.totp"))
        .content()
        .matches("otpauth://totp/secretfs:m\\?secret=[A-Z2-7]{32}&issuer=secretfs\n");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("m.totp"))))
        .isEqualTo("rw-------");
    JsonNode user = user("m");
    assertThat(user.path("second_factor").booleanValue()).isTrue();
    assertThat(user.path("policies").toString()).isEqualTo("[\"KeyUser\"]");
    done("user", "delete-access-key", user.at("/access_keys/0").textValue());
    assertThat(user("m").path("access_keys")).isEmpty();
    done("user", "delete", "m");
    assertThat(run("user", "delete", "m").status()).isEqualTo(2);
  }

  @Test
  void policyAndRole_madeAttachedAndRemoved_areListed() throws Exception {
    Files.writeString(
        directory.resolve("p.json"),
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"kms:*\",\"Resource\":\"*\"}}");
    Files.writeString(
        directory.resolve("t.json"),
        """
        {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
          "Principal":{"AWS":"arn:aws:iam::000000000000:user/admin"}}}
        """);
    done("policy", "put", "p", path("p.json"));
    done("role", "create", "r", "--trust-policy", path("t.json"));
    done("policy", "attach", "p", "role/r");
    assertThat(done("role", "list", "--json").json().at("/roles/0/policies/0").textValue())
        .isEqualTo("p");
    assertThat(run("policy", "delete", "p").status()).isEqualTo(2);
    done("policy", "detach", "p", "role/r");
    done("policy", "delete", "p");
    done("role", "delete", "r");
    assertThat(done("policy", "list").out()).doesNotContain("p\n");
    assertThat(run("policy", "attach", "KeyUser", "somebody").status()).isEqualTo(2);
  }
}
