package org.secretfs.architecture.planted.luks;

import java.net.URI;

interface Downloads {
  URI source();
}
