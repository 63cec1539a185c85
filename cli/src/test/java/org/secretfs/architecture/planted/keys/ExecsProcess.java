package org.secretfs.architecture.planted.keys;

import java.io.IOException;

final class ExecsProcess {
  Process start() throws IOException {
    return Runtime.getRuntime().exec(new String[] {"true"});
  }
}
