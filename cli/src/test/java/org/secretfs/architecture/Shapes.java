package org.secretfs.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.Serializable;
import java.security.Key;
import java.util.List;
import java.util.Set;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;

/** How types look that hold secrets, fail, or leave the process. */
final class Shapes {
  /** Classes whose secret is lent to them: its owner, who outlives them, closes it. */
  private static final Set<String> BORROWERS =
      Set.of("org.secretfs.attach.AttachRequest", "org.secretfs.crypto.KeyView");

  private static final DescribedPredicate<JavaClass> OWNS_A_SECRET =
      DescribedPredicate.describe(
          "own a secret",
          type ->
              type.getFields().stream()
                      .anyMatch(field -> field.getRawType().isAssignableTo(SecretBuffer.class))
                  && !BORROWERS.contains(type.getFullName()));

  private Shapes() {}

  static List<Rule> rules() {
    return List.of(
        new Rule(serializable(), "shapes.Frozen"),
        new Rule(keys(), "shapes.FrozenKey"),
        new Rule(records(), "shapes.SecretRecord"),
        new Rule(strings(), "shapes.Tells"),
        new Rule(closeable(), "shapes.NeverWipes"),
        new Rule(exceptions(), "shapes.StrayException"));
  }

  private static ArchRule serializable() {
    return noClasses()
        .that()
        .areNotAssignableTo(Throwable.class)
        .and()
        .areNotEnums()
        .and()
        .areNotAssignableTo(Key.class)
        .should()
        .beAssignableTo(Serializable.class)
        .as("nothing but exceptions, enums and keys of the JCA can be serialized");
  }

  private static ArchRule keys() {
    return fields()
        .that()
        .areDeclaredInClassesThat()
        .areAssignableTo(Key.class)
        .and()
        .areNotStatic()
        .and()
        .doNotHaveRawType(String.class)
        .should()
        .haveModifier(JavaModifier.TRANSIENT)
        .as("a key of the JCA does not serialize its bytes");
  }

  private static ArchRule records() {
    return noFields()
        .that()
        .areDeclaredInClassesThat()
        .areRecords()
        .should()
        .haveRawType(SecretBuffer.class)
        .as("no record holds a secret: it would print and hash it");
  }

  private static ArchRule strings() {
    return methods()
        .that()
        .haveNameMatching(".*([pP]assphrase|[sS]ecret(?!fs)).*")
        .should()
        .notHaveRawReturnType(String.class)
        .as("no secret is returned as a String");
  }

  private static ArchRule closeable() {
    return classes()
        .that(OWNS_A_SECRET)
        .should()
        .beAssignableTo(AutoCloseable.class)
        .as("whoever holds a secret can be closed");
  }

  private static ArchRule exceptions() {
    return classes()
        .that()
        .areAssignableTo(Exception.class)
        .and()
        .arePublic()
        .and()
        .areNotAssignableTo(RuntimeException.class)
        .and()
        .areNotAssignableTo(IOException.class)
        .should()
        .beAssignableTo(SecretfsException.class)
        .as("every public checked exception is a SecretfsException or an IOException");
  }
}
