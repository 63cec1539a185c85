package org.secretfs.architecture.planted.shapes;

interface Tells {
  String diskPassphrase();
}
