package org.secretfs.keymanager.seal;

/**
 * The field of 256 elements with the polynomial of AES. No table and no branch depends on a value,
 * so neither time nor cache tells what was multiplied.
 *
 * @spec https://doi.org/10.6028/NIST.FIPS.197-upd1 FIPS 197 §4 Mathematical preliminaries
 */
final class Gf256 {
  private static final int POLYNOMIAL = 0x11b;

  private Gf256() {}

  static int multiply(int a, int b) {
    int product = 0;
    int shifted = a;
    for (int bit = 0; bit < 8; bit++) {
      product ^= shifted & -((b >> bit) & 1);
      shifted = shifted << 1 ^ (POLYNOMIAL & -(shifted >> 7));
    }
    return product;
  }

  /** The inverse, {@code a} to the 254th; 0 for 0. */
  static int inverse(int a) {
    int power = a;
    int result = 1;
    for (int i = 0; i < 7; i++) {
      power = multiply(power, power);
      result = multiply(result, power);
    }
    return result;
  }
}
