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

# server_flags HOME: how the server runs on that JDK, a flag a line. The one place where they are chosen.
server_flags() {
  say -XX:+UseSerialGC # the smallest collector; a hit allocates next to nothing, so that it has little to do
  say -Xms16m          # a node has other work: what is not needed is not taken ...
  say -Xmx128m         # ... and the cache, weighed in bytes, stays far below this
  say -Xss512k         # no deep recursion anywhere
  if [ "$(jdk_major "$1")" -ge 25 ]; then
    say -XX:+UseCompactObjectHeaders # a cache is many small objects
  fi
}
