package org.secretfs.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArchitectureTest {
  private static final String PRODUCT = "org.secretfs";
  private static final String PLANTED = "org.secretfs.architecture.planted";

  private static final JavaClasses PRODUCT_CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(PRODUCT);
  private static final JavaClasses PLANTED_CLASSES =
      new ClassFileImporter().importPackages(PLANTED);

  static List<Rule> productRules() {
    return rules(PRODUCT);
  }

  static List<Rule> plantedRules() {
    return rules(PLANTED);
  }

  private static List<Rule> rules(String root) {
    return Stream.of(new Rooms(root).rules(), new Places(root).rules(), Shapes.rules())
        .flatMap(List::stream)
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("productRules")
  void rule_product_holds(Rule rule) {
    rule.rule().allowEmptyShould(true).check(PRODUCT_CLASSES);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("plantedRules")
  void rule_plantedClass_isFound(Rule rule) {
    List<String> found = rule.rule().evaluate(PLANTED_CLASSES).getFailureReport().getDetails();

    assertThat(found).anyMatch(line -> line.contains(PLANTED + "." + rule.planted()));
  }
}
