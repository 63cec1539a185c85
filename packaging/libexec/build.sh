# Building the product in a clone and keeping what is running apart from what is being built.
# To be sourced after common.sh, with `root` set to the clone.
#
# Maven assembles cli/target/dist. A build that succeeds is copied to target/product/NAME, and the
# symbolic link target/product/current is pointed at it, because a process that serves a volume must
# keep the jars it started with. Copies that no process uses any more are removed.

# sources_newer_than FILE: whether anything that the product is built from changed after FILE.
sources_newer_than() {
  [[ -n $(find "$root/pom.xml" "$root"/*/pom.xml "$root"/*/src/main "$root/packaging" "$root/.mvn" \
    -newer "$1" -print -quit 2>/dev/null) ]]
}

product_current() {
  [[ -e $root/target/product/current/lib/secretfs.jar ]] &&
    ! sources_newer_than "$root/target/product/current/built"
}

# ensure_product: builds where needed; another build that is under way is waited for.
ensure_product() {
  product_current && return 0
  require_java javac
  mkdir -p "$root/target/product" || exit 1
  exec 8>"$root/target/product/lock"
  if ! flock -n 8; then
    say "waiting for another build in $root"
    flock 8
  fi
  product_current || build_product
  exec 8>&-
}

build_product() {
  local log=$root/target/build.log name
  install_packages "$root/target/install.log" maven || exit 2
  name=$(date +%Y%m%d-%H%M%S)-$$
  : >"$root/target/product/started"
  say "building (the first time this downloads libraries; log: $log)"
  if ! run_maven "$log" -Dmaven.test.skip=true -pl cli -am package; then
    say "the build failed:"
    build_errors "$log"
    exit 1
  fi
  install_product "$root/target/product/$name"
  say "built in $((SECONDS - build_start)) s"
}

# build_errors LOG: shows what the compiler and Maven complained about.
build_errors() {
  grep -E '^\[(ERROR|WARNING)\] .*\.java|^\[ERROR\] [^[-]' "$1" | sort -u | head -n 20 >&2
}

# run_maven LOG ARGUMENT...: runs Maven with the JDK found and names each module as it starts.
run_maven() {
  local log=$1 status
  shift
  build_start=$SECONDS
  (cd "$root" && JAVA_HOME=$java_home exec mvn -B -ntp "$@") </dev/null 2>&1 8>&- |
    tee "$log" | while IFS= read -r line; do
    [[ $line =~ ^\[INFO\]\ Building\ ([a-z]+)\ .*(\[[0-9]+/[0-9]+\])$ ]] && say "  ${BASH_REMATCH[2]} ${BASH_REMATCH[1]}"
  done
  status=${PIPESTATUS[0]}
  return "$status"
}

# install_product FOLDER: copies the assembled product there and makes it the current one.
install_product() {
  local new=$1 old
  cp -a "$root/cli/target/dist" "$new" && mv "$root/target/product/started" "$new/built" || exit 1
  ( # The cache is made before the switch, so that nobody starts without it.
    find_java java && make_cache "$new"
  )
  ln -sfn "${new##*/}" "$root/target/product/current.new" &&
    mv -T "$root/target/product/current.new" "$root/target/product/current" || exit 1
  for old in "$root"/target/product/2*/; do
    old=${old%/}
    [[ $old == "$new" ]] || grep -qaF -- "$old/lib" /proc/[0-9]*/cmdline 2>/dev/null || rm -rf "$old"
  done
}
