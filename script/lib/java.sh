# shellcheck shell=bash
# Finds the JDKs of this machine, and gives each what it needs. To be sourced after common.sh.

# Prints "MAJOR HOME" for every JDK found, oldest first; of two with the same age, JAVA_HOME and the one on the PATH come first.
jdks() {
  local home on_path=
  if command -v javac > /dev/null; then
    on_path=$(cd "$(dirname "$(readlink -f "$(command -v javac)")")/.." && pwd)
  fi
  for home in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$home" ] && [ -x "$home/bin/javac" ] && [ -r "$home/release" ]; then
      printf '%s %s\n' "$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")" "$home"
    fi
  done | sort -s -n -k 1,1
}

# oldest_jdk MIN, newest_jdk MIN: the home of the oldest or newest JDK that is at least that; nothing where there is none.
oldest_jdk() { jdks | awk -v min="$1" '$1 >= min && !found {print substr($0, index($0, " ") + 1); found = 1}'; }
newest_jdk() { jdks | awk -v min="$1" '$1 >= min && $1 > best {home = substr($0, index($0, " ") + 1); best = $1} END {if (best) print home}'; }

# jdk_major HOME
jdk_major() { sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"; }

# jdk_to_install MAJOR: the line to type.
jdk_to_install() {
  if [ "$1" -le 17 ] && command -v apt-get > /dev/null; then
    say "sudo apt-get install openjdk-17-jdk-headless"
  elif [ "$1" -le 17 ] && command -v dnf > /dev/null; then
    say "sudo dnf install java-17-openjdk-devel"
  elif command -v brew > /dev/null; then
    say "brew install --cask temurin"
  else
    say "sudo apt-get install temurin-25-jdk, once https://adoptium.net/installation/linux is set up"
  fi
}

# server_flags HOME: how the server runs on that JDK, a flag a line. The one place where they are chosen; docs/performance.md has
# what each brought, and what brought nothing.
server_flags() {
  local major
  major=$(jdk_major "$1")
  say -XX:+UseSerialGC   # the smallest collector; a hit allocates nothing, so that it has little to do
  say -Xms8m             # a node has other work: what is not needed is not taken ...
  say -Xmx128m           # ... and the cache, weighed in bytes, stays far below this
  say -XX:+ExitOnOutOfMemoryError # half a server is worse than none: whoever supervises it starts a new one
  say -Xmn4m             # small, and half of it for what survives: what a question to an agent needs is garbage when its answer has
  say -XX:SurvivorRatio=2 # come, and must not be taken for old, where it would stay until the heap is full
  say -XX:MaxHeapFreeRatio=30 # what a flood has taken goes back when its garbage is collected (HeapSweep) ...
  say -XX:MinHeapFreeRatio=10
  say -XX:-ShrinkHeapInSteps # ... and the first time, not the fourth
  say -Xss512k           # no deep recursion anywhere
  say -XX:-UsePerfData   # no file in /tmp that is written to from time to time; jcmd works without it
  if [ "$major" -ge 22 ]; then
    say -XX:TrimNativeHeapInterval=5000 # ms: what the compilers took at the start goes back to the system
  fi
  if [ "$major" -ge 25 ]; then
    say -XX:+UseCompactObjectHeaders # a cache is many small objects
  fi
}

# archive_flags HOME JAR: a start with prepared classes, where there is an archive of them that is younger than the jar; nothing
# elsewhere. What the JVM finds wrong with it (it looks at the jar and at itself) it does without, silently.
archive_flags() {
  local archive
  archive=$(archive_file "$1" "$2")
  [ "$archive" -nt "$2" ] || return 0
  if [ "$(jdk_major "$1")" -ge 25 ]; then
    printf '%s\n' "-XX:AOTCache=$archive" '-Xlog:aot*=off' '-Xlog:cds*=off'
  else
    printf '%s\n' "-XX:SharedArchiveFile=$archive" -Xshare:auto '-Xlog:cds*=off'
  fi
}

# archive_file HOME JAR: the archive of this jar's classes for this very JDK.
archive_file() {
  local version kind=jsa
  version=$(sed -n 's|^JAVA_VERSION="\(.*\)"|\1|p' "$1/release")
  [ "$(jdk_major "$1")" -lt 25 ] || kind=aot
  printf '%s\n' "${2%.jar}-jdk-${version//[^0-9A-Za-z.]/-}.$kind"
}

# make_archive HOME JAR: runs the server for a moment in front of an agent in memory, and keeps what classes it loaded, as the JVM has
# them. On failure there is none, and the log beside the jar says why.
make_archive() {
  local archive log jdk=$1 jar=$2 flag agent server port=''
  local flags=() dump=()
  archive=$(archive_file "$jdk" "$jar")
  if [ "$archive" -nt "$jar" ]; then return 0; fi
  log=$archive.log
  while IFS= read -r flag; do flags+=("$flag"); done < <(server_flags "$jdk")
  if [ "$(jdk_major "$jdk")" -ge 25 ]; then
    # Without profiles: compiling by them at the start takes more memory and CPU than it brings.
    dump=(-XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining "-XX:AOTCacheOutput=$archive.$$")
  else
    dump=("-XX:ArchiveClassesAtExit=$archive.$$")
  fi
  : > "$log"
  : > "$log.agent"
  "$jdk/bin/java" "${flags[@]}" -jar "$jar" dev --listen 127.0.0.1:0 --admin none --recursor 127.0.0.1:9 > "$log.agent" 2>&1 &
  agent=$!
  port=$(port_said "$log.agent" "$agent" '^Consul:.*DNS 127\.0\.0\.1:')
  if [ -n "$port" ]; then
    "$jdk/bin/java" "${flags[@]}" "${dump[@]}" -jar "$jar" serve --listen 127.0.0.1:0 --admin none --recursor 127.0.0.1:9 \
      --consul "127.0.0.1:$port" --log-level error > "$log" 2>&1 &
    server=$!
    port=$(port_said "$log" "$server" '^Listening: 127\.0\.0\.1:')
    # A name that is fetched, then one that is known: the ways that a first answer and all later ones take.
    [ -z "$port" ] || ask_for_orders "$port" || :
    kill "$server" 2> /dev/null || :
    wait "$server" 2> /dev/null || :
  fi
  kill "$agent" 2> /dev/null || :
  wait "$agent" 2> /dev/null || :
  rm -f "$log.agent" "$archive".*.config
  mv -f "$archive.$$" "$archive" 2> /dev/null || :
}

# port_said LOG PID PATTERN: the number behind what a process writes to its log, within ten seconds; nothing where it never does.
port_said() {
  local port='' tries=0
  while [ -z "$port" ] && [ $tries -lt 200 ] && kill -0 "$2" 2> /dev/null; do
    sleep 0.05
    port=$(sed -n "s/$3\([0-9][0-9]*\)[ ,].*/\1/p" "$1")
    tries=$((tries + 1))
  done
  printf '%s' "$port"
}

# Asks a server on 127.0.0.1 for A of orders.service.consul, over UDP, three times.
ask_for_orders() {
  local query='\0\1\1\0\0\1\0\0\0\0\0\0\6orders\7service\6consul\0\0\1\0\1' tries
  for tries in 1 2 3; do
    # shellcheck disable=SC2059 # it is bytes
    { printf "$query" >&3 && IFS= read -r -t 1 -n 1 -u 3; } 3<> "/dev/udp/127.0.0.1/$1" || :
  done
}
