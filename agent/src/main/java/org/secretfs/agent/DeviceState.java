package org.secretfs.agent;

/** What is on a volume's device before anything is done to it. */
sealed interface DeviceState {
  /** The backing file is not there, or was made and not yet given its size. */
  record Absent() implements DeviceState {}

  /** Every byte looked at is zero, or a format of ours began and never finished. */
  record Blank() implements DeviceState {}

  /** A LUKS2 header with at least one valid copy. */
  record Luks2() implements DeviceState {}

  /** This throw-away volume's own earlier self: its key is gone, so it may be formatted again. */
  record Discarded() implements DeviceState {}

  /**
   * A volume that is not this throw-away volume; never formatted over.
   *
   * @param why how it differs
   */
  record OtherVolume(String why) implements DeviceState {}

  /**
   * Something that is not ours.
   *
   * @param what what was found where
   */
  record Foreign(String what) implements DeviceState {}

  /**
   * The remains of a LUKS header, or a version of LUKS that is not opened.
   *
   * @param why what was found where
   */
  record Unusable(AgentError code, String why) implements DeviceState {}
}
