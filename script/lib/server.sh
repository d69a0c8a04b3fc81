# shellcheck shell=bash
# Builds the server. To be sourced after common.sh, java.sh and maven.sh.

# shellcheck disable=SC2034 # who sources this uses it
server_jar=$root/resolver-server/target/consul-resolver.jar

# build_server JDK: builds the jar where a source is newer, or says why not. What it says goes to standard error.
build_server() {
  local sources=("$root/pom.xml" "$root"/resolver-{core,server}/{pom.xml,src/main})
  if [ ! -e "$server_jar" ] || [ -n "$(find "${sources[@]}" -newer "$server_jar" -print -quit)" ]; then
    say "Building the server (the first time Maven downloads what it needs) ..." >&2
    maven "$1" "$root/target/logs/server.log" package -DskipTests -pl resolver-server -am >&2 ||
      fail "The build failed: $root/target/logs/server.log has all of it."
  fi
}
