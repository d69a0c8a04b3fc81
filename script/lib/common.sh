# shellcheck shell=bash
# What the scripts have in common: where things are, and how they speak. To be sourced; needs bash 3.2 or newer.
# shellcheck disable=SC2034 # who sources this uses them

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/consul-resolver

in_ci() { [ "${CI:-}" = true ]; }

say() { printf '%s\n' "$*"; }

# A line that nobody overlooks.
shout() { printf '\n!!! %s\n\n' "$*" >&2; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}
