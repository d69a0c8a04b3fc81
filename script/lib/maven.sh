# shellcheck shell=bash
# Runs Maven: the wrapper's, or where its download fails one on the PATH. To be sourced after common.sh and java.sh.

# Maven keeps to its usual place where it has one; where it has none it stays in our corner of the user's cache.
maven_repository=()
if [ ! -d "$HOME/.m2" ]; then
  export MAVEN_USER_HOME=${MAVEN_USER_HOME:-$cache/maven}
  maven_repository=("-Dmaven.repo.local=$MAVEN_USER_HOME/repository")
fi

# choose_maven JDK: sets maven_command.
choose_maven() {
  local version
  if JAVA_HOME=$1 "$root/mvnw" --version > /dev/null 2>&1; then
    maven_command=$root/mvnw
    return
  fi
  version=$(JAVA_HOME=$1 mvn --version 2> /dev/null | sed -n 's/.*Apache Maven \([0-9]*\.[0-9]*\).*/\1/p' || true)
  case $version in
    3.8 | 3.9 | [4-9].*) maven_command=mvn ;;
    *) fail "Maven could not be downloaded (see .mvn/wrapper/maven-wrapper.properties), and no Maven 3.8 or newer is on the PATH: ./mvnw --version says why." ;;
  esac
}

# maven JDK LOG ARG...: runs Maven on that JDK; everything goes to LOG, and what matters to the reader.
maven() {
  local jdk=$1 log=$2 options=${MAVEN_OPTS:-}
  shift 2
  [ -n "${maven_command:-}" ] || choose_maven "$jdk"
  if [ "$(jdk_major "$jdk")" -ge 24 ]; then
    # Maven's own libraries do what this JDK warns of.
    options="$options --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
  fi
  mkdir -p "$(dirname "$log")"
  (cd "$root" && JAVA_HOME=$jdk MAVEN_OPTS=$options "$maven_command" --batch-mode ${maven_repository[@]+"${maven_repository[@]}"} "$@" 2>&1) | tee "$log" | maven_progress
}

maven_progress() {
  local line files=0
  while IFS= read -r line; do
    case $line in
      *"Downloaded from "*)
        files=$((files + 1))
        [ $((files % 100)) -ne 0 ] || say "  $files files downloaded"
        ;;
      "[INFO] Building jar"*) ;;
      "[INFO] Building "*) say "  ${line#"[INFO] Building "}" ;;
      *"Tests run: "*) say "  ${line#"[INFO] "}" ;;
      # What Maven always says at the end of a failure; the log has it.
      "[ERROR]" | "[ERROR] " | "[ERROR] -> [Help "* | "[ERROR] [Help "* | "[ERROR] See "* | "[ERROR] To see "* | "[ERROR] Re-run "*) ;;
      "[ERROR] For more information "* | "[ERROR] After correcting "* | "[ERROR]   mvn "*) ;;
      "[WARNING]"* | "[ERROR]"* | "WARNING:"*) say "  $line" ;;
    esac
  done
}
