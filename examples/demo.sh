#!/bin/sh
# `make demo`: loads the example dumps into the embedded PostgreSQL and queries the result. A second run finds everything loaded.
# `examples/demo.sh --database URI` uses another database, `--data-folder DIR` another folder for the embedded one.
set -eu
cd "$(dirname "$0")/.."

motherload() {
  command=$1
  shift
  printf '\n$ npx motherload %s' "$command"
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./:=-]*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  node bin/motherload.js "$command" "$@" $options
}

options="$*"
motherload run -f examples/quickstart.yaml --dumps examples/dumps
motherload query 'SELECT tableoid::regclass::text AS version, count(*) AS rides, count(DISTINCT member_id) AS members, sum(price) AS turnover, max(started)::date AS latest FROM velo.rides GROUP BY tableoid ORDER BY 1'

cat <<'END'

More to try:
  npx motherload status                 lists the loads
  npx motherload plan -f examples/quickstart.yaml --dumps examples/dumps
  npx motherload query 'SELECT ...'     runs any query
  npx motherload postgres               keeps the embedded PostgreSQL running for psql
END
