package org.secretfs.crypto.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** A shared library, found by its name as the dynamic linker does, and kept until the end. */
final class NativeLibrary {
  private final Linker linker = Linker.nativeLinker();
  private final SymbolLookup symbols;

  /**
   * Loads the library.
   *
   * @throws IllegalArgumentException if there is none
   */
  NativeLibrary(String soname) {
    this.symbols = SymbolLookup.libraryLookup(soname, Arena.global());
  }

  /**
   * Returns a handle to a function.
   *
   * @throws java.util.NoSuchElementException if the library has no such function
   */
  MethodHandle function(String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return linker.downcallHandle(symbols.findOrThrow(name), descriptor, options);
  }

  /** Native functions throw nothing; what is thrown comes from checks of the arguments. */
  static RuntimeException unexpected(Throwable t) {
    if (t instanceof Error error) {
      throw error;
    }
    if (t instanceof RuntimeException exception) {
      return exception;
    }
    return new IllegalStateException("a native function throws nothing checked", t);
  }
}
