package org.secretfs.architecture.planted.shapes;

import java.io.Serializable;

interface Frozen extends Serializable {}
