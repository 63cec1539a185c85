package org.secretfs.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.lang.foreign.Linker;
import java.time.Clock;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What may be used in some rooms only. */
final class Places {
  private final String root;

  Places(String root) {
    this.root = root;
  }

  List<Rule> rules() {
    return List.of(
        new Rule(network(), "luks.Downloads"),
        new Rule(ciphers(), "luks.OwnCipher"),
        new Rule(processes(), "keys.StartsProcess"),
        new Rule(runtime(), "keys.ExecsProcess"),
        new Rule(console(), "agent.Prints"),
        new Rule(exit(), "agent.Exits"),
        new Rule(time(), "agent.ReadsTheClock"),
        new Rule(chance(), "agent.Gambles"),
        new Rule(foreign(), "keys.CallsForeign"));
  }

  private ArchRule network() {
    return noClasses()
        .that()
        .resideInAnyPackage(packages("luks", "crypto", "block"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.net..", "javax.net..", "software.amazon.awssdk..", "io.helidon..")
        .as("the engine knows no network");
  }

  private ArchRule ciphers() {
    return outside("crypto", "keymanager", "keys")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("javax.crypto..")
        .as(
            "ciphers are called in crypto, and by the key manager's and the key sources'"
                + " protocols");
  }

  private ArchRule processes() {
    return outside("attach", "cli")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(ProcessBuilder.class)
        .as("programs are started in attach, and by the command line its own");
  }

  private ArchRule runtime() {
    return noClasses()
        .should(call(Runtime.class, "exec"))
        .as("programs are started by ProcessBuilder, which takes a list and no shell");
  }

  private ArchRule console() {
    return outside("cli")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould(call(Throwable.class, "printStackTrace"))
        .as("only the command line prints");
  }

  private ArchRule exit() {
    return outside("cli")
        .should(call(System.class, "exit"))
        .orShould(call(Runtime.class, "exit|halt"))
        .as("only the command line ends the process");
  }

  private ArchRule time() {
    return outside("cli")
        .should(call(System.class, "currentTimeMillis"))
        .orShould(call(Clock.class, "system.*"))
        .orShould(ArchConditions.callMethodWhere(readsSystemTime()))
        .orShould()
        .callConstructor(Date.class)
        .as("the time comes from a clock that the command line hands in");
  }

  /** {@code Instant.now(clock)} is the way to go, {@code Instant.now()} is not. */
  private static DescribedPredicate<JavaMethodCall> readsSystemTime() {
    return DescribedPredicate.describe(
        "now() without a clock",
        call ->
            call.getTarget().getName().equals("now")
                && call.getTargetOwner().getPackageName().equals("java.time")
                && call.getTarget().getRawParameterTypes().isEmpty());
  }

  private ArchRule chance() {
    return noClasses()
        .that()
        // A fake that the tests of several modules share: its faults must be repeatable by seed.
        .doNotHaveFullyQualifiedName(root + ".luks.testing.FaultyMedium")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Random.class, SplittableRandom.class, ThreadLocalRandom.class)
        .orShould(call(Math.class, "random"))
        .as("random numbers come from the kernel");
  }

  private ArchRule foreign() {
    return outside("crypto", "attach", "nbd")
        .and()
        // cryptsetup's header lock is flock(2), a claim a lock of one open file: Java has neither.
        .doNotHaveFullyQualifiedName(root + ".luks.Flock")
        .and()
        // Java knows no fallocate, SEEK_DATA nor O_DIRECT durable writes.
        .haveNameNotMatching(Pattern.quote(root) + "\\.block\\.(OpenFile|Errno)")
        .and()
        // Java has no datagram sockets of the Unix family, on which the service manager listens.
        .doNotHaveFullyQualifiedName(root + ".cli.process.SystemdNotify")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .as("foreign functions are called in crypto, attach and nbd");
  }

  private GivenClassesConjunction outside(String... rooms) {
    return noClasses().that().resideOutsideOfPackages(packages(rooms));
  }

  private String[] packages(String... rooms) {
    return Stream.of(rooms).map(room -> root + "." + room + "..").toArray(String[]::new);
  }

  private static ArchCondition<JavaClass> call(Class<?> type, String names) {
    return ArchConditions.callMethodWhere(
        DescribedPredicate.<JavaMethodCall>describe(
            type.getSimpleName() + "." + names,
            call ->
                call.getTargetOwner().isAssignableTo(type)
                    && call.getTarget().getName().matches(names)));
  }
}
