package org.secretfs.architecture.planted.agent;

import java.util.Random;

interface Gambles {
  Random random();
}
