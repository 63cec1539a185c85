package org.secretfs.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.secretfs.failure.ErrorCode;

class ErrorCodesTest {
  @Test
  void number_ofAllModulesCodes_namesOneCode() {
    List<Integer> numbers = new ArrayList<>();
    for (ErrorCode code : codes()) {
      numbers.add(code.number());
    }

    assertThat(numbers).hasSizeGreaterThan(50).doesNotHaveDuplicates();
  }

  private static List<ErrorCode> codes() {
    return new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.secretfs")
            .stream()
            .filter(type -> type.isEnum() && type.isAssignableTo(ErrorCode.class))
            .map(JavaClass::reflect)
            .flatMap(type -> java.util.Arrays.stream(type.getEnumConstants()))
            .map(ErrorCode.class::cast)
            .toList();
  }
}
