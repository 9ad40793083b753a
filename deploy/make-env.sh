#!/bin/sh
# Make .env from .env.example where there is none, and fill in what is empty and must not be: secrets, the name of
# this checkout's containers and who owns its reports. Readable by its owner only.
set -eu
cd "$(dirname "$0")/.."
empty='^(POSTGRES_PASSWORD|REDIS_PASSWORD|JWT_SECRET|COMPOSE_PROJECT_NAME|REPORTS_OWNER)=$'
mkdir -p reports
if [ -e .env ]; then
  grep -Eq "$empty" .env || exit 0
  source=.env
else
  source=.env.example
fi
umask 077
new=$(mktemp ./.env.XXXXXX)
trap 'rm -f "$new"' EXIT
random() { head -c "$1" /dev/urandom | od -An -vtx1 | tr -d ' \n'; }
while IFS= read -r line; do
  case $line in
  POSTGRES_PASSWORD= | REDIS_PASSWORD= | JWT_SECRET=) line=$line$(random 32) ;;
  COMPOSE_PROJECT_NAME=) line=${line}stampede-$(random 3) ;;
  REPORTS_OWNER=) line=$line$(id -u):$(id -g) ;;
  esac
  printf '%s\n' "$line"
done <"$source" >"$new"
# Two first commands at once: the first one's secrets stand.
if [ "$source" = .env ]; then mv "$new" .env; else ln "$new" .env 2>/dev/null || true; fi
