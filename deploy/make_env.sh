#!/bin/sh
# Writes .env, or the file that is named: a random value for each name that .env.example leaves empty
# and the file does not have yet. Safe to repeat; after an upgrade it adds what is new.
set -eu
example=$(dirname "$0")/../.env.example
file=${1:-$(dirname "$0")/../.env}
umask 077
touch "$file"
[ -z "$(tail -c 1 "$file")" ] || echo >>"$file" # somebody's editor left the last line open
grep -o '^[A-Z_]*=$' "$example" | while read -r name; do
  grep -q "^$name" "$file" && continue
  printf '%s%s\n' "$name" "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" >>"$file"
done
