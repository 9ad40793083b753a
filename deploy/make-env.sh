#!/bin/sh
# Make .env from .env.example where there is none: each empty secret filled, readable by its owner only.
set -eu
cd "$(dirname "$0")/.."
[ ! -e .env ] || exit 0
umask 077
new=$(mktemp ./.env.XXXXXX)
trap 'rm -f "$new"' EXIT
while IFS= read -r line; do
  case $line in
  POSTGRES_PASSWORD= | REDIS_PASSWORD= | JWT_SECRET=)
    line=$line$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n') ;;
  esac
  printf '%s\n' "$line"
done <.env.example >"$new"
mv "$new" .env
