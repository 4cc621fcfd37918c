#!/usr/bin/env bash
# Builds two packages that depend on this one, as its users have them, and uses what they build: an index of its own that
# is listed, swept, isolated, reported and gated, and an app that depends on a version, which is a tag of a repository.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "$1" >&2
  exit 1
}
expect() { # expect TEXT FILE
  grep -qF -- "$1" "$2" || { cat "$2" >&2; fail "expected '$1'"; }
}

echo "An index of another package"
cd "$here/SignBuckets"
swift test -Xcc -O3 --scratch-path "$root/.build/packages/SignBuckets"
mybench=$root/.build/packages/SignBuckets/debug/mybench

cd "$work"
"$mybench" indexes > listed
expect 'sign-buckets: buckets by the signs of the first components' listed
expect 'ivf-pq: ' listed

# Help, messages, manual page and completions have the program's own name.
"$mybench" help > said
expect 'usage: mybench COMMAND [options]' said
expect 'mybench help COMMAND' said
"$mybench" rnu 2> said && fail "an unknown command is no error"
expect 'mybench: unknown command rnu; did you mean run? (see mybench --help)' said
"$mybench" man > said
expect '.TH MYBENCH 1' said
"$mybench" completions bash > said
expect 'complete -F _mybench mybench' said
"$mybench" --version > said
expect 'mybench ' said
! "$mybench" datasets show no-such-dataset 2> said
expect '`mybench datasets list`' said

dataset=$root/datasets/photo-sift-20k-128-euclidean.hdf5
cat > sweep.yml << SWEEP
datasets: [$dataset]
queries: 50
limit: 2000
runs: 5
indexes:
  buckets: {index: sign-buckets, build: {bits: 6}, search: {nprobe: [4, 64]}}
  full: {index: sign-buckets, build: {capacity: 1000}}
  slow: {index: sign-buckets, timeout: 1ms}
  flat: {}
SWEEP
code=0
"$mybench" run sweep.yml --out results --allow-debug --quiet > said 2>&1 || code=$?
[ "$code" = 1 ] || { cat said >&2; fail "run ended with $code, not 1: two cells fail"; }
"$mybench" export jsonl --out results > cells
# Its own error, and a limit of its process: both are recorded, and the sweep went on.
expect 'the index holds 1000 vectors already: build it with a larger capacity' cells
expect '"status":"timeout"' cells
expect 'sign-buckets(bits=6' results/results.csv
[ "$(wc -l < results/results.csv)" = 4 ] || fail "expected 3 measured cells"
grep 'nprobe=64' cells | grep -q '"k-nn":1,' || fail "all buckets were looked at, and not everything was found"
expect 'sign-buckets' results/report.html
expect 'mybench run --dataset' results/report.html
# An index in memory is looked into when it has been built again.
"$mybench" inspect 'buckets(nprobe=64)' --out results --build > inspected
expect 'sign-buckets' inspected
expect 'bits' inspected

# A night that measured all is gated against itself, and against the one with cells that failed.
sed -i.bak '/full:/d; /slow:/d' sweep.yml
"$mybench" run sweep.yml --out results --allow-debug --quiet --tag good
printf 'tolerances: {recall: 0.1, index_bytes: 1%%}\n' > gate.yml
"$mybench" gate good good --all --out results --config gate.yml > gated || fail "a run is no regression of itself: $(cat gated)"
expect 'buckets(nprobe=64)' gated
code=0
"$mybench" gate 1 good --out results --config gate.yml > gated || code=$?
[ "$code" != 0 ] || fail "cells that are gone pass the gate: $(cat gated)"

echo "An app that depends on a version"
git clone --quiet --bare --no-hardlinks "$root" "$work/RecallBench.git"
git -C "$work/RecallBench.git" tag --force 0.2.0 HEAD > /dev/null
cp -R "$here/SearchApp" "$work/SearchApp"
cd "$work/SearchApp"
export RECALLBENCH_URL=file://$work/RecallBench.git
swift build --scratch-path "$work/build" --product search-app
"$work/build/debug/search-app" > printed
[ "$(tr '\n' ' ' < printed)" = 'east north ' ] || fail "search-app printed $(cat printed)"
expect '"version" : "0.2.0"' Package.resolved
echo "Both packages work"
