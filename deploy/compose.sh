#!/bin/sh
# The lab's commands on Docker Compose; the host needs Docker only. `make` calls it with STACK=compose.
# compose.sh up | down | reset | status | seed | run | verify | validate | list | report | audit | thresholds | baseline |
#   psql | logs [arguments]
set -eu
called_in=$PWD
cd "$(dirname "$0")/.."

say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*" >&2; }
fail() { say "$*"; exit 2; }
# An EXIT trap alone does not run at a signal in every shell.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

sh deploy/make-env.sh
setting() { eval "value=\${$1:-}"; [ -n "$value" ] || value=$(sed -n "s/^$1=//p" .env | head -n 1); echo "$value"; }
add_profile() {
  profiles=$(setting COMPOSE_PROFILES)
  export COMPOSE_PROFILES="${profiles:+$profiles,}$1"
}
case $(setting LOCUST_MASTER_BIND) in '' | 127.0.0.1) ;; *) add_profile workers ;; esac
# A pip configuration from outside the checkout may be read; the builder would ask.
export BUILDX_BAKE_ENTITLEMENTS_FS=0

docker_compose() { docker compose --ansi never --progress quiet "$@"; }
compose() { docker_compose --profile referee --profile ports --profile latency --profile workers "$@"; }
# A run or a verification is a container of its own; what it looks at must stay as it is.
require_no_referee() {
  project=$(setting COMPOSE_PROJECT_NAME)
  [ -z "$(docker ps --quiet --filter "label=com.docker.compose.project=$project" \
    --filter label=com.docker.compose.service=referee)" ] ||
    fail "Another run or verification is under way: wait for its end, or stop it."
}
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
  trap interrupt_container HUP INT TERM
  docker_compose --profile referee run --detach --no-deps --name "$container" "$@" >/dev/null
  docker logs --follow "$container" &
  until wait $!; do kill -0 $! 2>/dev/null || break; done
  until code=$(docker wait "$container"); do docker inspect "$container" >/dev/null 2>&1 || break; done
  docker rm --force "$container" >/dev/null
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  return "${code:-2}"
}

# A program that starts just now may not listen yet: where it neither ends nor says anything, the container is removed.
interrupt_container() {
  docker inspect "$container" >/dev/null 2>&1 || exit 130
  docker kill --signal INT "$container" >/dev/null 2>&1 || :
  [ -z "$(docker logs "$container" 2>&1)" ] || return 0
  sleep 2
  [ -z "$(docker logs "$container" 2>&1)" ] || return 0
  docker rm --force "$container" >/dev/null 2>&1
  exit 130
}

# `mount`, where it is set, is one more folder or file of the host that the container sees.
mount=
referee() {
  reports=$(setting REPORTS)
  reports=${reports:-reports}
  mkdir -p "$reports"  # Docker would make the folder as root
  if [ "$1" != run ]; then
    one_shot ${mount:+--volume "$mount"} referee "$@"
    return
  fi
  requests=.faults-$$
  mkdir "$reports/$requests"
  serve_faults "$reports/$requests" &
  one_shot --env "FAULT_REQUESTS=/lab/reports/$requests" referee "$@" && code=0 || code=$?
  rm -rf "${reports:?}/$requests"
  return "$code"
}

# The referee cannot reach Docker, so it leaves requests in a folder. The loop ends with the folder or with this script.
serve_faults() {
  trap '' HUP INT TERM
  while [ -d "$1" ] && kill -0 $$ 2>/dev/null; do
    for request in "$1"/*.request; do
      [ -e "$request" ] || continue
      read -r verb service part <"$request" || :
      mv "$request" "$request.taken"
      answer_fault "${request%.request}" "$verb" "$service" "$part" &
    done
    sleep 0.1
  done
  rm -rf "$1"
}

answer_fault() {
  told=$(sh deploy/fault.sh "$2" "$3" "$4" 2>&1) && code=0 || code=$?
  printf '%s\n%s\n' "$code" "$told" >"$1.told"
  mv "$1.told" "$1.answer"
}

# Whether a plan slows the database down, so that the target must reach it through the proxy.
needs_proxy() {
  for word; do
    case $word in */*) ;; *) continue ;; esac
    awk -v plan="[${word#*/}]" '/^\[/ { inside = $1 == plan } inside' "plans/${word%%/*}.toml" 2>/dev/null |
      grep -q "[\"']latency database " && return
  done
  return 1
}

# Start and wait until healthy; where that fails, one line for each reason. Without the profiles:
# which of them come up is for COMPOSE_PROFILES to say.
compose_up() {
  told=$(docker_compose up --detach --wait --quiet-pull "$@" 2>&1) && return
  named=
  case $told in
  *already\ in\ use* | *already\ allocated* | *not\ available*)
    for variable in API_PORT WEB_PORT LOCUST_PORT POSTGRES_PORT REDIS_PORT; do
      port=$(setting $variable)
      case $told in
      *:"$port"[!0-9]*)
        named=yes
        say "Port $port is in use; stop what uses it or choose another with $variable." ;;
      esac
    done ;;
  esac
  for service in db redis seed api worker scheduler locust-master locust-worker; do
    case $(compose ps --all --format '{{.State}} {{.Health}} {{.ExitCode}}' "$service" | head -n 1) in
    *unhealthy* | exited*[1-9]*)
      named=yes
      case $(compose logs --no-log-prefix --tail 5 "$service" 2>&1) in
      *'password authentication failed for user "stampede"'*)
        say "The kept database has another POSTGRES_PASSWORD than .env: set the old one again, or delete the database with \`make reset\`." ;;
      *) say "$service: $(compose logs --no-log-prefix --tail 1 "$service" 2>&1)" ;;
      esac ;;
    esac
  done
  [ -n "$named" ] || say "$told"
  return 1
}

# As it was before: what a command started, it stops, also after Ctrl-C.
stop_after() { trap 'trap "" HUP INT TERM; say "stopping what was started"; compose down --remove-orphans' EXIT; }

start() {
  build
  say "starting the containers"
  compose_up "$@" || fail "The stack did not come up."
}

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
up)
  require_no_referee
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
  require_no_referee
  proxy=
  if needs_proxy "$@"; then
    proxy=database-proxy
    export DATABASE_HOST=$proxy
    add_profile latency
  fi
  if running api; then
    # Only what changed is made anew: another LOCKING makes another target. The scale stays. What a killed run left
    # paused or ended goes on.
    build
    paused=$(compose ps --quiet --status paused)
    # shellcheck disable=SC2086  # one word per container
    [ -z "$paused" ] || docker unpause $paused >/dev/null
    workers=$(compose ps --all --quiet locust-worker | wc -l)
    # shellcheck disable=SC2086  # an empty word must vanish
    compose_up --no-deps --scale "locust-worker=$((workers))" db redis $proxy api worker scheduler locust-master \
      locust-worker ||
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
list | validate)
  build  # plans and locustfiles are part of the image
  referee "$verb" "$@" ;;
report | audit | thresholds | baseline)
  case $verb in
  thresholds)  # the first word that is a file is the CSV, wherever it lies
    for word; do
      shift
      case $word in /*) csv=$word ;; *) csv=$called_in/$word ;; esac
      if [ -z "$mount" ] && [ -f "$csv" ]; then
        word=/csv/${csv##*/}
        mount=$csv:$word:ro
      fi
      set -- "$@" "$word"
    done ;;
  baseline)
    mkdir -p baselines
    mount=$PWD/baselines:/lab/baselines ;;
  esac
  docker image inspect "$(setting COMPOSE_PROJECT_NAME)-lab" >/dev/null 2>&1 || build
  referee "$verb" "$@" ;;
psql)
  terminal=$([ -t 0 ] || echo --no-TTY)
  # Tables are found without a schema's name, those of SYSTEM first.
  schemas=$(for file in "sql/schema/${SYSTEM:-}.sql" sql/schema/*.sql; do [ -e "$file" ] && basename "$file" .sql; done |
    paste -sd , -)
  # shellcheck disable=SC2086  # an empty word must vanish
  docker_compose exec $terminal --env "PGOPTIONS=-c search_path=$schemas,public" db \
    psql --username=stampede stampede "$@" ;;
logs) docker_compose logs --follow --tail 20 "$@" ;;
*) sed -n '2,4s/^# //p' "$0"; exit 2 ;;
esac
