#!/bin/sh
# Make .env from .env.example where there is none, add the lines that an older one lacks, and fill in what is empty and
# must not be: secrets, the name of this checkout's containers and who owns its reports. Readable by its owner only.
set -eu
cd "$(dirname "$0")/.."
empty='^([A-Z_]+_PASSWORD|JWT_SECRET|COMPOSE_PROJECT_NAME|REPORTS_OWNER)=$'
mkdir -p reports
source=.env.example lacking=
if [ -e .env ]; then
  source=.env
  lacking=$(awk -F = '{ sub(/^export +/, "") } FILENAME == ".env" { has[$1] } FILENAME != ".env" && /^[A-Z]/ && !($1 in has)' \
    .env .env.example)
  [ -n "$lacking" ] || grep -Eq "$empty" .env || exit 0
fi
umask 077
new=$(mktemp ./.env.XXXXXX)
trap 'rm -f "$new"' EXIT
random() { head -c "$1" /dev/urandom | od -An -vtx1 | tr -d ' \n'; }
{
  awk 1 "$source"  # ends the last line too
  [ -z "$lacking" ] || printf '\n# Added by a newer version; .env.example explains them.\n%s\n' "$lacking"
} | while IFS= read -r line; do
  case $line in
  *_PASSWORD= | JWT_SECRET=) line=$line$(random 32) ;;
  COMPOSE_PROJECT_NAME=) line=${line}stampede-$(random 3) ;;
  REPORTS_OWNER=) line=$line$(id -u):$(id -g) ;;
  esac
  printf '%s\n' "$line"
done >"$new"
# Two first commands at once: the first one's secrets stand.
if [ "$source" = .env ]; then mv "$new" .env; else ln "$new" .env 2>/dev/null || true; fi
