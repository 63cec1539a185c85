package org.secretfs.block;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Error numbers of system calls. */
final class Errno {
  private static final int EINVAL = 22;
  private static final int ENOTTY = 25;
  private static final int EFBIG = 27;
  private static final int ENOSPC = 28;
  private static final int ENOSYS = 38;
  private static final int EOPNOTSUPP = 95;
  private static final int EDQUOT = 122;
  private static final int LONGEST_TEXT_BYTES = 256;

  private static final MethodHandle STRERROR =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("strerror"),
              FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private Errno() {}

  /** Whether it says that the file, its file system or the kernel cannot do such a thing. */
  static boolean isUnsupported(int error) {
    return error == EOPNOTSUPP || error == ENOSYS || error == ENOTTY || error == EINVAL;
  }

  /** Whether a call failed for want of room, and so wrote nothing. */
  static boolean isOutOfSpace(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return message.endsWith(text(ENOSPC))
        || message.endsWith(text(EDQUOT))
        || message.endsWith(text(EFBIG));
  }

  /** The C library's text, as in {@code No space left on device}. */
  static String text(int error) {
    try {
      MemorySegment text = (MemorySegment) STRERROR.invokeExact(error);
      return text.reinterpret(LONGEST_TEXT_BYTES).getString(0);
    } catch (Throwable t) {
      throw new IllegalStateException("strerror throws nothing", t);
    }
  }
}
