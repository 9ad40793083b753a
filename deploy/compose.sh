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

docker_compose() { docker compose --ansi never --progress quiet "$@"; }
compose() { docker_compose --profile referee --profile ports "$@"; }

running() { [ -n "$(compose ps --quiet --status running "$1")" ]; }

referee() {
  # Docker would make the folder as root.
  mkdir -p "${REPORTS:-$(sed -n 's/^REPORTS=//p' .env)}"
  if [ -t 0 ] && [ -t 1 ]; then  # Ctrl-C reaches the container through the terminal
    docker_compose --profile referee run --rm --no-deps referee "$@"
    return
  fi
  # Without a terminal, Compose would leave at a signal and the container would go on.
  id=$(docker_compose --profile referee run --detach --no-deps referee "$@")
  trap 'docker kill --signal INT "$id" >/dev/null 2>&1 || true' INT TERM
  docker logs --follow "$id" &
  until wait $!; do kill -0 $! 2>/dev/null || break; done
  code=$(docker wait "$id")
  docker rm "$id" >/dev/null
  return "$code"
}

# Start and wait until healthy; where that fails, one line for each reason. Without the profiles:
# which of them come up is for COMPOSE_PROFILES to say.
compose_up() {
  told=$(docker_compose up --detach --wait --quiet-pull "$@" 2>&1) && return
  taken=$(printf '%s' "$told" | sed -n 's/.*:\([0-9]*\): bind: address already in use.*/\1/p;s/.*:\([0-9]*\) failed: port is already.*/\1/p')
  if [ -n "$taken" ]; then
    variable=$({ env; cat .env; } | sed -n "s/^\([A-Z]*_PORT\)=$taken\$/\1/p" | head -n 1)
    say "Port $taken is in use; stop what uses it or choose another with ${variable:-its variable in .env}."
    return 1
  fi
  named=
  for service in db redis seed api locust-master locust-worker; do
    case $(compose ps --all --format '{{.State}} {{.Health}} {{.ExitCode}}' "$service" | head -n 1) in
    *unhealthy* | exited*[1-9]*)
      named=yes
      say "$service: $(compose logs --no-log-prefix --tail 1 "$service" 2>&1)" ;;
    esac
  done
  [ -n "$named" ] || say "$told"
  return 1
}

start() {
  sh deploy/make-env.sh
  say "building images where something changed"
  compose build --quiet
  say "starting the containers"
  before=$(compose ps --quiet)
  compose_up "$@" && return
  [ -n "$before" ] || compose down --remove-orphans
  fail "The stack did not come up."
}

# As it was before: what a command started, it stops, also after Ctrl-C.
stop_after() { trap 'trap "" INT TERM; say "stopping what was started"; compose down --remove-orphans' EXIT; }

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
up)
  start "$@"
  echo "API     http://$(compose port api 8500)/docs   (locking: $(compose exec -T api printenv LOCKING))"
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
status)
  docker compose ps --all --format 'table {{.Service}}\t{{.Status}}\t{{.Ports}}' "$@"
  running api ;;
seed)
  running api || start
  docker_compose run --rm --no-deps seed seed "$@" ;;
run)
  if running api; then
    # Only what changed is made anew: another LOCKING makes another target.
    compose_up --no-deps api || fail "The target did not come up."
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
    compose_up db || fail "The database did not come up."
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
