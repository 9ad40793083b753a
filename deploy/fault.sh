#!/bin/sh
# Carry out a fault on a Compose service: fault.sh kill | restart | pause | unpause SERVICE [child].
# The words come from a container, so only these are taken. A killed container is started again here: Docker takes
# its restart policy for overruled by the kill.
set -eu
cd "$(dirname "$0")/.."
verb=$1 service=$2 part=${3:-}

case $service in "" | *[!a-z0-9_-]* | -*) echo "no service: $service" >&2; exit 2 ;; esac
# shellcheck disable=SC2046  # one word per container
set -- $(docker compose --profile referee --profile ports --profile latency ps --all --quiet "$service")
[ $# -gt 0 ] || { echo "$service has no container" >&2; exit 2; }

# Kill the busiest child of the container's main process, which is process 1 or, where that is an init, its child.
kill_child='
main=1
read -r name </proc/1/comm
case $name in *init | tini) for stat in /proc/[0-9]*/stat; do
  read -r line <"$stat" || continue
  set -- ${line##*) }
  [ "$2" = 1 ] && main=${line%% *}
done ;; esac
busiest= most=-1
for stat in /proc/[0-9]*/stat; do
  read -r line <"$stat" || continue
  set -- ${line##*) }
  if [ "$2" = "$main" ] && [ $((${12} + ${13})) -gt "$most" ]; then busiest=${line%% *} most=$((${12} + ${13})); fi
done
[ -n "$busiest" ] || { echo "the main process has no child" >&2; exit 1; }
kill -9 "$busiest"'

case $verb in
kill)
  if [ "$part" = child ]; then
    docker exec "$1" sh -c "$kill_child"
  else
    docker kill --signal KILL "$1"
    docker start "$1"
  fi ;;
restart) docker restart "$@" ;;
pause | unpause) docker "$verb" "$1" ;;
*) echo "no fault: $verb" >&2; exit 2 ;;
esac >/dev/null
