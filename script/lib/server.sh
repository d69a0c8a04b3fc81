# shellcheck shell=bash
# Builds the server. To be sourced after common.sh, java.sh and maven.sh.

# shellcheck disable=SC2034 # who sources this uses it
server_jar=$root/resolver-server/target/consul-resolver.jar

# build_server JDK: builds the jar where a source is newer, or says why not; then makes the archive of its classes. A JDK that can
# build the receive loop of our own does so, also where another left it out. What it says goes to standard error.
build_server() {
  local sources=("$root/pom.xml" "$root"/resolver-{core,server}/{pom.xml,src/main})
  if [ ! -e "$server_jar" ] || [ -n "$(find "${sources[@]}" -newer "$server_jar" -print -quit)" ] ||
    { [ "$(jdk_major "$1")" -ge 22 ] && ! has_own_loop "$server_jar"; }; then
    say "Building the server (the first time Maven downloads what it needs) ..." >&2
    maven "$1" "$root/target/logs/server.log" package -DskipTests -pl resolver-server -am >&2 ||
      fail "The build failed: $root/target/logs/server.log has all of it."
    say "Preparing its classes for a fast start ..." >&2
    make_archive "$1" "$server_jar"
  fi
  has_own_loop "$server_jar" ||
    say "JDK $(jdk_major "$1") leaves out the receive loop of our own, which is for JDK 22 and newer: Netty's serves, for more CPU a query." >&2
}

# has_own_loop JAR. A jar has the names of its files in plain text.
has_own_loop() { LC_ALL=C grep -q -a -F server/listen/NativeLoop.class "$1"; }
