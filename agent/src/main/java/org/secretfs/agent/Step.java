package org.secretfs.agent;

/** The steps of bringing a volume up and down, in order. Each can be repeated after a crash. */
public enum Step {
  CLEAN_UP("clean up what a crash left"),
  INSPECT("look at the device"),
  OBTAIN_SECRET("obtain the volume's secret"),
  CREATE_SECRET("make the volume's secret and store its wrapped form"),
  CREATE_KEY("make a key that is not kept"),
  CREATE_FILE("make the backing file"),
  FORMAT("format LUKS2"),
  CHECK_MANIFEST("check the header against its manifest"),
  VOUCH("vouch for the header in a manifest"),
  UNLOCK("unlock a keyslot"),
  ADD_KEYSLOT("add the keyslot of a further key source"),
  DROP_KEYSLOT("destroy the keyslot"),
  REPAIR("repair the damaged header copy"),
  ATTACH("attach"),
  MAKE_FILE_SYSTEM("make the file system"),
  RECORD_FILE_SYSTEM("note that the file system is made"),
  MOUNT("mount"),
  UNMOUNT("unmount"),
  DETACH("detach"),
  RECORD("write the audit record");

  private final String title;

  Step(String title) {
    this.title = title;
  }

  /** What is done, in a few words for people. */
  public String title() {
    return title;
  }
}
