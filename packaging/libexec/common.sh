# Shared by the launchers and by check: finding Java, installing Debian packages, starting Java.
# To be sourced by bash. Starts no process on the way to a warm start except Java itself.

readonly SECRETFS_JAVA_FEATURE=25
PATH=${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin

say() { printf 'secretfs: %s\n' "$*" >&2; }

# ---------------------------------------------------------------- Java

# java_version HOME: sets `version` from HOME/release, or to nothing.
java_version() {
  local line
  version=
  [[ -r $1/release ]] || return 0
  while IFS= read -r line; do
    [[ $line == JAVA_VERSION=* ]] && version=${line#JAVA_VERSION=} && version=${version//\"/}
  done <"$1/release"
}

# java_suits HOME PROGRAM: whether HOME holds PROGRAM (java or javac) of a version that is new
# enough; otherwise adds what was found to `java_seen`.
java_suits() {
  [[ -n $1 && -x $1/bin/java ]] || return 1
  java_version "$1"
  if ((${version%%[.+-]*} + 0 < SECRETFS_JAVA_FEATURE)) 2>/dev/null; then
    java_seen+="  $1: Java ${version:-of an unknown version}"$'\n'
    return 1
  fi
  [[ -x $1/bin/$2 ]] && return 0
  java_seen+="  $1: Java $version, without $2 (a runtime, not a JDK)"$'\n'
  return 1
}

# find_java PROGRAM [RUNTIME]: sets `java_home` to the first Java that suits: SECRETFS_JAVA_HOME,
# the runtime beside the product, JAVA_HOME, the installed ones, the one on the PATH.
find_java() {
  local candidate
  java_seen=
  for candidate in "${SECRETFS_JAVA_HOME:-}" "${2:-}" "${JAVA_HOME:-}" \
    "${SECRETFS_JVM_DIRECTORY:-/usr/lib/jvm}"/*; do
    [[ -n $candidate ]] && java_suits "$candidate" "$1" && java_home=$candidate && return 0
  done
  candidate=$(type -P java) && candidate=$(readlink -f "$candidate") && candidate=${candidate%/bin/java} &&
    java_suits "$candidate" "$1" && java_home=$candidate && return 0
  return 1
}

# require_java PROGRAM [RUNTIME]: find_java, or says what is missing and ends with status 2.
require_java() {
  find_java "$@" && return 0
  local what=Java
  [[ $1 == javac ]] && what='a JDK'
  say "needs $what $SECRETFS_JAVA_FEATURE or newer and found none."
  if [[ -n $java_seen ]]; then
    say "looked at JAVA_HOME, ${SECRETFS_JVM_DIRECTORY:-/usr/lib/jvm} and the PATH, and found only:"
    printf '%s' "$java_seen" | sort -u >&2
  else
    say "looked at JAVA_HOME, ${SECRETFS_JVM_DIRECTORY:-/usr/lib/jvm} and the PATH: there is no Java at all."
  fi
  say "install one (for instance the package temurin-25-jdk from https://adoptium.net) or set JAVA_HOME to it."
  exit 2
}

# ---------------------------------------------------------------- Debian packages

# package_present PACKAGE: whether what we use of it is there; no process is started.
package_present() {
  case $1 in
    cryptsetup-bin) type -P cryptsetup ;;
    e2fsprogs) type -P mkfs.ext4 ;;
    xfsprogs) type -P mkfs.xfs ;;
    fuse3) type -P fusermount3 ;;
    libfuse3-3) any_exists /usr/lib/*/libfuse3.so.3 /lib/*/libfuse3.so.3 ;;
    mount) type -P losetup ;;
    util-linux) type -P setsid ;;
    maven) type -P mvn ;;
    qemu-system-x86) type -P qemu-system-x86_64 ;;
    qemu-utils) type -P qemu-img ;;
    seabios) [[ -e /usr/share/seabios/bios-256k.bin ]] ;;
    ipxe-qemu) [[ -e /usr/lib/ipxe/qemu/pxe-virtio.rom ]] ;;
    libnbd-bin) type -P nbdcopy ;;
    *) type -P "$1" ;;
  esac >/dev/null
}

any_exists() {
  local file
  for file; do [[ -e $file ]] && return 0; done
  return 1
}

# package_reason PACKAGE: sets `reason` to what it is for.
package_reason() {
  case $1 in
    cryptsetup-bin) reason="opens volumes with the kernel's dm-crypt" ;;
    e2fsprogs) reason='makes ext4 file systems' ;;
    xfsprogs) reason='makes xfs file systems' ;;
    fuse3 | libfuse3-3) reason='opens volumes where the kernel has no dm-crypt' ;;
    mount | util-linux) reason='attaches and mounts volumes' ;;
    maven) reason='builds secretfs' ;;
    qemu-* | seabios | ipxe-qemu | mmdebstrap) reason='the virtual machine test' ;;
    *) reason='tests' ;;
  esac
}

# install_packages LOG PACKAGE...: installs those that are missing, where this is root and apt is
# there; says what and why. Returns 1 if one is missing afterwards. An empty LOG: a new file.
install_packages() {
  local log=$1 package missing=()
  shift
  for package; do package_present "$package" || missing+=("$package"); done
  ((${#missing[@]} == 0)) && return 0
  if [[ $EUID != 0 || -n ${SECRETFS_NO_INSTALL:-} ]] || ! type -P apt-get >/dev/null; then
    say "missing Debian packages: ${missing[*]} (they are installed when this runs as root)"
    return 1
  fi
  [[ -n $log ]] || log=$(mktemp --suffix=.secretfs-install) || return 1
  say "installing Debian packages that are missing:"
  for package in "${missing[@]}"; do
    package_reason "$package"
    printf '  %-16s %s\n' "$package" "$reason" >&2
  done
  apt_install "$log" "${missing[@]}" && return 0
  say "apt-get could not install all of them; the end of $log:"
  tail -n 5 "$log" >&2
  return 1
}

# install_for_command LOG ARGUMENT...: installs what the sub-command needs. Failing is no end here:
# the command itself says what it cannot do without.
install_for_command() {
  local log=$1 argument
  shift
  for argument; do case $argument in -h | --help | -V | --version) return 0 ;; esac done
  case ${1:-} in
    up | down | quickstart | serve-volume)
      install_packages "$log" cryptsetup-bin e2fsprogs fuse3 libfuse3-3 mount util-linux
      ;;
    proxy) [[ ${2:-} != client ]] || install_packages "$log" fuse3 libfuse3-3 mount util-linux ;;
  esac
  return 0
}

apt_install() {
  local log=$1
  shift
  local apt=(apt-get -q -y -o DPkg::Lock::Timeout=300)
  export DEBIAN_FRONTEND=noninteractive
  "${apt[@]}" update </dev/null >"$log" 2>&1
  "${apt[@]}" install --no-install-recommends "$@" </dev/null >>"$log" 2>&1
}

# ---------------------------------------------------------------- the product

# start_product DIST LAUNCHER ARGUMENT...: becomes the Java process of a packaged product.
start_product() {
  local dist=$1 launcher=$2
  shift 2
  require_java java "$dist/runtime"
  java_flags "$@"
  use_cache "$dist"
  # Options from the environment could load an agent that reads keys.
  unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH
  # No core dump, whatever the process itself still manages to forbid.
  ulimit -c 0
  # Without a locale, Java would read file names as ASCII; at boot there often is none.
  case ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}} in C | POSIX) export LC_ALL=C.UTF-8 ;; esac
  # shellcheck disable=SC2086
  exec "$java_home/bin/java" "${flags[@]}" ${SECRETFS_JAVA_OPTIONS:-} -Dsecretfs.home="$dist" \
    -Dsecretfs.launcher="$launcher" -cp "$dist/lib/secretfs.jar" org.secretfs.cli.Main "$@"
}

# java_flags ARGUMENT...: sets `flags` for the sub-command.
java_flags() {
  flags=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
    -XX:+UseSerialGC -XX:+DisableAttachMechanism -XX:-HeapDumpOnOutOfMemoryError -XX:-UsePerfData
    -XX:-CreateCoredumpOnCrash -Xlog:disable -Xlog:all=error:stderr
    -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8)
  case "${1:-} ${2:-}" in
    'keymanager serve') flags+=(-Xms32m -Xmx512m) ;;
    # 256 connections and their further workers need 320 MiB of direct buffers, each export up to 64.
    'proxy serve') flags+=(-Xms32m -Xmx512m -XX:MaxDirectMemorySize=1g) ;;
    'serve-volume '* | 'serve-export '*) flags+=(-Xms16m -Xmx64m -Xss512k -XX:ReservedCodeCacheSize=48m) ;;
    # Measures as long-running processes work: with the optimising compiler.
    'doctor '*) flags+=(-Xmx512m) ;;
    'luks reencrypt'*) flags+=(-Xmx512m) ;; # hashes need the optimising compiler's intrinsics
    *) flags+=(-Xmx512m -XX:TieredStopAtLevel=1) ;;
  esac
}

# use_cache DIST: adds the start-up cache to `flags`; makes it first where this Java and these jars
# have none and the folder may be written to.
use_cache() {
  if ! cache_current "$1"; then
    [[ -w $1 ]] || return 0
    make_cache "$1"
    cache_current "$1" || return 0
  fi
  [[ -s $1/cache/secretfs.aot ]] && flags+=(-XX:AOTCache="$1/cache/secretfs.aot")
  return 0
}

# cache_current DIST: whether it was made, or tried, with this Java and these jars.
cache_current() {
  local made_with
  [[ -s $1/cache/made-with && ! $1/lib/secretfs.jar -nt $1/cache/made-with ]] || return 1
  IFS= read -r made_with <"$1/cache/made-with"
  cache_maker "$1"
  [[ $made_with == "$maker" ]]
}

# cache_maker DIST: sets `maker` to the Java that is used: a bundled runtime may move with DIST.
cache_maker() {
  local physical
  java_version "$java_home"
  # Background processes are told Java's own idea of its home, which knows no symbolic links.
  physical=$(cd -P -- "$java_home" && printf '%s' "$PWD")
  maker="$version ${physical/#"$1/"/}"
}

# make_cache DIST: runs the training commands once. Where that fails an empty cache says so, and it
# is not tried again for this Java.
make_cache() {
  local work
  mkdir -p "$1/cache" 2>/dev/null && work=$(mktemp -d -p "$1/cache" --suffix=.new 2>/dev/null) || return 0
  (
    unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH
    java_flags train
    mkdir "$work/training" && export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none
    timeout 120 "$java_home/bin/java" "${flags[@]}" -XX:AOTCacheOutput="$work/secretfs.aot" \
      -cp "$1/lib/secretfs.jar" org.secretfs.cli.Training "$work/training"
  ) </dev/null >"$work/log" 2>&1
  cache_maker "$1"
  printf '%s\n' "$maker" >"$work/made-with"
  [[ -s $work/secretfs.aot ]] || : >"$work/secretfs.aot"
  mv -f "$work/log" "$work/secretfs.aot" "$work/made-with" "$1/cache/" 2>/dev/null
  rm -rf "$work"
  return 0
}
