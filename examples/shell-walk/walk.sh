#!/usr/bin/env bash
# Usage: examples/shell-walk/walk.sh [ADDRESS [PORT]]
#
# Asks a running server (default 127.0.0.1 8053, where script/server is) one thing after the other, and says what each shows.
# Uses dig, and where there is none, the server's own `query` command.
set -euo pipefail
# shellcheck source=script/lib/common.sh
source "$(dirname "$0")/../../script/lib/common.sh"

address=${1:-127.0.0.1}
port=${2:-8053}
jar=$root/resolver-server/target/consul-resolver.jar

(exec 3<> "/dev/tcp/$address/$port") 2> /dev/null || fail "Nothing answers at $address port $port. Type in another terminal: script/server"

# ask [--tcp] NAME [TYPE]
ask() {
  local tcp=()
  if [ "$1" = --tcp ]; then
    tcp=(--tcp)
    shift
  fi
  if command -v dig > /dev/null; then
    run dig "@$address" -p "$port" ${tcp[@]+"+tcp"} +noall +answer "$@"
  elif [ -e "$jar" ]; then
    run java -jar "$jar" query --server "$address:$port" ${tcp[@]+"${tcp[@]}"} "$@"
  else
    fail "There is neither dig nor $jar. Type: script/server"
  fi
}

run() {
  say "\$ $*"
  # That a name does not exist is an answer, too.
  "$@" || true
  say
}

say "1. A service: the addresses of its healthy instances, in another order each time."
ask consul.service.consul
ask web.service.consul
ask web.service.consul

say "2. With ports and weights: SRV."
ask orders.service.consul SRV

say "3. A tag chooses among the instances."
ask primary.db.service.consul SRV

say "4. Over TCP a service is whole, however large."
ask --tcp web.service.consul

say "5. Everything else is asked of the recursors."
ask example.com

say "(web, orders and db are demonstration services: a Consul agent of your own has others, and no answer is right for those.)"
