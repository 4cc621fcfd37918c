#!/bin/sh
# Measures a night, writes down what changed, and compares with the night before; the article Nightly explains it.
#
# It runs in a clone after `make build`. The exit code is that of the gate: the first night has no other to compare
# with (1), and the noise of times is not known before the fifth (6).
set -u
program=${RECALLBENCH:-.build/release/recallbench}
sweep=${SWEEP:-datasets/sweeps/nightly.yml}
out=${OUT:-reports/nightly}

"$program" run "$sweep" --out "$out" --tag "night-$(date +%F)" --keep-program --resume --quiet || exit 1
"$program" history --metric qps --out "$out" --to "$out/morning.txt" || exit 1
"$program" gate latest~1 latest --config datasets/gate.yml --confirm --quiet --out "$out" \
  --md "$out/gate.md" --junit "$out/gate.xml"
