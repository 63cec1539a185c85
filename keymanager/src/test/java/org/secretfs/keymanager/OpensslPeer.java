package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** The other side, with keys and signatures of openssl's. */
final class OpensslPeer {
  private OpensslPeer() {}

  /** What answers to a public key. */
  @FunctionalInterface
  interface Derivation {
    JsonNode with(String publicKey) throws IOException;
  }

  /** Agrees with a key of P-384; fails unless both sides come to the same secret. */
  static JsonNode sameSecret(String ours, Derivation derivation) throws IOException {
    Path folder = Files.createTempDirectory("openssl");
    Files.write(folder.resolve("ours.der"), Base64.getDecoder().decode(ours));
    run(folder, "ecparam -name secp384r1 -genkey -noout -out own.pem");
    run(folder, "ec -in own.pem -pubout -outform DER -out own.der");
    run(folder, "pkeyutl -derive -inkey own.pem -peerkey ours.der -peerform DER -out secret");
    String theirs =
        Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve("own.der")));
    JsonNode answer = derivation.with(theirs);
    assertThat(Base64.getDecoder().decode(answer.path("SharedSecret").textValue()))
        .isEqualTo(Files.readAllBytes(folder.resolve("secret")));
    return answer;
  }

  /** Whether openssl finds a signature good; {@code options} tell how it was made. */
  static boolean verifies(String publicKey, byte[] message, String signature, String options)
      throws IOException {
    Path folder = Files.createTempDirectory("openssl");
    Files.write(folder.resolve("key.der"), Base64.getDecoder().decode(publicKey));
    Files.write(folder.resolve("message"), message);
    Files.write(folder.resolve("signature"), Base64.getDecoder().decode(signature));
    run(folder, "pkey -pubin -inform DER -in key.der -pubout -out key.pem");
    return status(
            folder,
            "pkeyutl -verify -pubin -inkey key.pem -sigfile signature -in message -rawin" + options)
        == 0;
  }

  private static void run(Path folder, String arguments) throws IOException {
    assertThat(status(folder, arguments)).as("openssl " + arguments).isZero();
  }

  private static int status(Path folder, String arguments) throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "openssl is not installed");
    try {
      return new ProcessBuilder(("openssl " + arguments).split(" ", -1))
          .directory(folder.toFile())
          .redirectErrorStream(true)
          .redirectOutput(folder.resolve("log").toFile())
          .start()
          .waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
