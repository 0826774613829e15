#!/usr/bin/env bash
# The main line on real data: train, gate, release, serve, predict, watch. Leaves nothing running unless KEEP=1.
set -euo pipefail
cd "$(dirname "$0")"
declml="${DECLML:-declml}"
python="${PYTHON:-python3}"
say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

stop() {
  if [ "${KEEP:-0}" = 1 ]; then
    say "Still serving (KEEP=1). Stop it with: declml down examples/elec2/elec2.yaml"
  else
    "$declml" down elec2.yaml >/dev/null 2>&1 || true
  fi
}
trap stop EXIT

say "declml check elec2.yaml"
"$declml" check elec2.yaml
say "declml run elec2.yaml   (schema, review, split, search, fit, gates, ONNX, release, rollout)"
"$declml" run elec2.yaml
say "declml run elec2.yaml   (again: nothing to do)"
"$declml" run elec2.yaml
say "five real half-hours of May 1997, asked of the server"
"$python" send.py
say "declml monitor elec2.yaml --input elec2-later.csv.gz   (after the market changed: exit code 4 is the alarm)"
code=0
"$declml" monitor elec2.yaml --input elec2-later.csv.gz || code=$?
[ "$code" = 4 ] || { echo "expected the drift alarm (exit code 4), got $code" >&2; exit 1; }
say "declml status elec2.yaml"
"$declml" status elec2.yaml
say "Done. Go on: declml plan examples/elec2/elec2.yaml gates.roc_auc.min=0.9; declml history examples/elec2/elec2.yaml; KEEP=1 make demo"
