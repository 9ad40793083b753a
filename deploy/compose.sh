#!/bin/sh
# The lab's commands on Docker Compose; the host needs Docker only. `make` calls it with STACK=compose.
# compose.sh up | down | reset | status | seed | run | verify | list | report | psql | logs [arguments]
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*" >&2; }
fail() { say "$*"; exit 2; }

# Reports belong to who calls, so the referee runs as that user.
REPORTS_OWNER=$(id -u):$(id -g)
export REPORTS_OWNER

compose() { docker compose --progress quiet --profile referee --profile ports "$@"; }
# Without the profiles: what `up` starts is up to COMPOSE_PROFILES.
compose_up() { docker compose --progress quiet up --detach --wait --quiet-pull "$@"; }

running() { [ -n "$(compose ps --quiet --status running "$1")" ]; }

referee() {
  reports=$(docker compose --profile referee config --format json referee |
    sed -n 's/.*"source": "\(.*\)",/\1/p' | head -n 1)
  mkdir -p "$reports"
  terminal=$([ -t 0 ] && [ -t 1 ] || echo --no-TTY)
  # shellcheck disable=SC2086  # an empty word must vanish
  docker compose --progress quiet --profile referee run --rm --no-deps $terminal referee "$@"
}

# One line for what went wrong: the last thing said by the service that did not come up.
explain() {
  for service in db redis seed api locust-master locust-worker; do
    state=$(compose ps --all --format '{{.State}} {{.Health}} {{.ExitCode}}' "$service" | head -n 1)
    case $state in
    *unhealthy* | exited*[1-9]*) say "$service: $(compose logs --no-log-prefix --tail 1 "$service" 2>&1)" ;;
    esac
  done
}

start() {
  sh deploy/make-env.sh
  say "building images where something changed"
  compose build --quiet
  say "starting the containers"
  compose_up "$@" || { explain; fail "The stack did not come up: make logs shows more."; }
}

# As it was before: what a command started, it stops, also after Ctrl-C.
stop_after() { trap 'trap "" INT TERM; say "stopping what was started"; compose down --remove-orphans' EXIT; }

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
up)
  start "$@"
  echo "API     http://$(compose port api 8500)/docs   (locking: ${LOCKING:-row_lock})"
  echo "Locust  http://$(compose port locust-master 8585)" ;;
down)
  compose down --remove-orphans "$@"
  echo "Stopped; the data stay." ;;
reset)
  if [ "${1:-}" != --yes ]; then
    printf 'Delete the containers and the database of this lab? [y/N] ' >&2
    read -r answer || answer=
    case $answer in [yY]*) ;; *) fail "Nothing was deleted." ;; esac
  fi
  compose down --remove-orphans --volumes
  echo "Deleted." ;;
status) docker compose ps --all "$@" ;;
seed)
  running api || start
  docker compose --progress quiet run --rm --no-deps seed seed "$@" ;;
run)
  if running api; then
    # Only what changed is made anew: another LOCKING makes another target.
    compose_up --no-deps api || { explain; fail "The target did not come up: make logs shows more."; }
  else
    stop_after
    start
  fi
  referee run "$@" ;;
verify)
  if ! running db; then
    stop_after
    sh deploy/make-env.sh
    compose build --quiet referee
    compose_up db || { explain; fail "The database did not come up: make logs shows more."; }
  fi
  referee verify "$@" ;;
list | report)
  sh deploy/make-env.sh
  compose build --quiet referee
  referee "$verb" "$@" ;;
psql) docker compose exec db psql --username=stampede stampede "$@" ;;
logs) docker compose logs --follow --tail 20 "$@" ;;
*) sed -n '2,3s/^# //p' "$0"; exit 2 ;;
esac
