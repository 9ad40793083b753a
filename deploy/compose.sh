#!/bin/sh
# The lab's commands on Docker Compose; the host needs Docker only. `make` calls it with STACK=compose.
# compose.sh up | down | reset | status | seed | run | verify | list | report | psql | logs [arguments]
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*" >&2; }
fail() { say "$*"; exit 2; }
# An EXIT trap alone does not run at a signal in every shell.
trap 'exit 130' INT
trap 'exit 143' TERM

sh deploy/make-env.sh
setting() { eval "value=\${$1:-}"; [ -n "$value" ] || value=$(sed -n "s/^$1=//p" .env | head -n 1); echo "$value"; }
# A pip configuration from outside the checkout may be read; the builder would ask.
export BUILDX_BAKE_ENTITLEMENTS_FS=0

docker_compose() { docker compose --ansi never --progress quiet "$@"; }
compose() { docker_compose --profile referee --profile ports "$@"; }
running() { [ -n "$(compose ps --quiet --status running "$1")" ]; }

build() {
  say "building images where something changed"
  compose build --quiet && return
  { docker image inspect "$(setting COMPOSE_PROJECT_NAME)-api" "$(setting COMPOSE_PROJECT_NAME)-lab" >/dev/null 2>&1 &&
    say "That did not work; going on with the images of before."; } || fail "The images could not be built."
}

# Run a one-shot service and give its exit code. Without a terminal, Compose would leave at a signal and the
# container would go on, so there the signal is passed on by hand and the end is waited for.
one_shot() {
  if [ -t 0 ] && [ -t 1 ]; then
    docker_compose --profile referee run --rm --no-deps "$@"
    return
  fi
  container=stampede-one-shot-$$
  trap 'docker kill --signal INT "$container" >/dev/null 2>&1 || exit 130' INT TERM
  docker_compose --profile referee run --detach --no-deps --name "$container" "$@" >/dev/null
  docker logs --follow "$container" &
  until wait $!; do kill -0 $! 2>/dev/null || break; done
  until code=$(docker wait "$container"); do docker inspect "$container" >/dev/null 2>&1 || break; done
  docker rm --force "$container" >/dev/null
  trap 'exit 130' INT
  trap 'exit 143' TERM
  return "${code:-2}"
}

referee() {
  reports=$(setting REPORTS)
  mkdir -p "${reports:-reports}"  # Docker would make the folder as root
  one_shot referee "$@"
}

# Start and wait until healthy; where that fails, one line for each reason. Without the profiles:
# which of them come up is for COMPOSE_PROFILES to say.
compose_up() {
  told=$(docker_compose up --detach --wait --quiet-pull "$@" 2>&1) && return
  named=
  case $told in
  *already\ in\ use* | *already\ allocated* | *not\ available*)
    for variable in API_PORT WEB_PORT POSTGRES_PORT REDIS_PORT; do
      port=$(setting $variable)
      case $told in
      *:"$port"[!0-9]*)
        named=yes
        say "Port $port is in use; stop what uses it or choose another with $variable." ;;
      esac
    done ;;
  esac
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

# As it was before: what a command started, it stops, also after Ctrl-C.
stop_after() { trap 'trap "" INT TERM; say "stopping what was started"; compose down --remove-orphans' EXIT; }

start() {
  build
  say "starting the containers"
  compose_up "$@" || fail "The stack did not come up."
}

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
up)
  [ -n "$(compose ps --quiet)" ] || stop_after
  start "$@"
  trap - EXIT
  echo "API     http://$(compose port api 8500)/docs   (locking: $(compose exec -T api printenv LOCKING))"
  echo "Locust  http://$(compose port locust-master 8585)" ;;
down)
  compose down --remove-orphans "$@"
  echo "Stopped; the data stay." ;;
reset)
  if [ "${1:-}" != --yes ]; then
    printf 'Delete the containers and the database of this lab? [y/N] ' >&2
    read -r answer || { answer=; echo >&2; }
    case $answer in [yY]*) ;; *) fail "Nothing was deleted." ;; esac
  fi
  compose down --remove-orphans --volumes
  echo "Deleted." ;;
status)
  docker_compose ps --all --format 'table {{.Service}}\t{{.Status}}\t{{.Ports}}' "$@"
  running api || fail "The lab is not up: make up starts it."
  echo "locking: $(compose exec -T api printenv LOCKING)" ;;
seed)
  running api || start
  one_shot seed seed "$@" ;;
run)
  if running api; then
    # Only what changed is made anew: another LOCKING makes another target. The scale stays.
    build
    workers=$(compose ps --all --quiet locust-worker | wc -l)
    compose_up --no-deps --scale "locust-worker=$((workers))" api locust-master locust-worker ||
      fail "The stack did not come up again."
  else
    stop_after
    start
  fi
  referee run "$@" ;;
verify)
  if ! running db; then
    stop_after
    build
    compose_up db || fail "The database did not come up."
  fi
  referee verify "$@" ;;
list | report)
  docker image inspect "$(setting COMPOSE_PROJECT_NAME)-lab" >/dev/null 2>&1 || build
  referee "$verb" "$@" ;;
psql)
  terminal=$([ -t 0 ] || echo --no-TTY)
  # shellcheck disable=SC2086  # an empty word must vanish
  docker_compose exec $terminal db psql --username=stampede stampede "$@" ;;
logs) docker_compose logs --follow --tail 20 "$@" ;;
*) sed -n '2,3s/^# //p' "$0"; exit 2 ;;
esac
