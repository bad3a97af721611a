#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures bin/tandem with a load generator: tools/bench-load.sh FOLDER.
# FOLDER holds cgen's sources, run.py and summarize.py; it is copied and built
# elsewhere, so it may be read-only. TESTS, REPS and OUT change what is run.
set -euo pipefail
bench=${1:?where is the load generator?}
root=$(cd "$(dirname "$0")/.." && pwd)
tests=${TESTS:-sig:50,play:100,play:400,bridge:50,bridge:200,dtmf:30}
reps=${REPS:-3}
out=${OUT:-$root/bin/bench.jsonl}

for tool in gcc python3; do
	command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 1; }
done
target=$(sed -n '/^ *listeners:/,$s/.*address: "\(127\.[0-9.]*:[0-9]*\)".*/\1/p' "$root/configs/bench.yaml" | head -n 1)
[ -n "$target" ] || { echo "configs/bench.yaml names no SIP listener" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$bench/." "$work/"
chmod -R u+w "$work"
"$work/build.sh"

# The server runs on a fresh data folder each time; it is up once its SIP port
# is bound, which it says in its log.
cat >"$work/start" <<END
#!/bin/sh
rm -rf "$work/data" && mkdir -p "$work/data" && cd "$work"
"$root/bin/tandem" serve -config "$root/configs/bench.yaml" -data "$work/data" >"$work/tandem.log" 2>&1 &
echo \$! | tee "$work/pid"
END
cat >"$work/stop" <<END
#!/bin/sh
kill -KILL \$(cat "$work/pid") 2>/dev/null
END
chmod +x "$work/start" "$work/stop"
cat >"$work/suts.json" <<END
{"tandem": {"start": "$work/start", "stop": "$work/stop", "target": "$target",
  "ext": {"sig": "100", "play": "200", "bridge": "300", "dtmf": "400"}, "aport": 17590, "warm": 2}}
END
mkdir -p "$(dirname "$out")"
SUTS=$work/suts.json "$work/run.py" --suts tandem --tests "$tests" --reps "$reps" --out "$out"
"$work/summarize.py" "$out"
