#!/usr/bin/env bash
# What slurm-cluster.sh promises, shown with jobs; some two minutes. slurm-cluster-test.sh [DIR]
#
# Without DIR the cluster's files are in a temporary folder, which stays when a check fails.
# Ends with 0 when all checks pass, and also, after one line that says why, where there can be no cluster.
set -uo pipefail

fixture=$(dirname "$(realpath "$0")")/slurm-cluster.sh
if ! reason=$("$fixture" available); then
  echo "skipped: $reason"
  exit 0
fi
dir=${1:-$(mktemp -d)}
export SLURM_CONF=$dir/slurm.conf
failures=0
trap '"$fixture" stop "$dir"' EXIT

# Compares what was found with a pattern of the shell.
check() {
  local what=$1 found=$2 expected=$3
  # shellcheck disable=SC2053
  if [[ $found == $expected ]]; then
    echo "ok    $what: $found"
  else
    echo "WRONG $what: $found, and not $expected"
    failures=$((failures + 1))
  fi
}

submit() { sbatch --parsable --exclusive --output="$dir/out.%A_%a" --open-mode=append "$@"; }

# Waits until something is so, for a minute and a half at most: `await COMMAND…`.
await() {
  for _ in $(seq 450); do
    ! "$@" || return 0
    sleep 0.2
  done
  echo "WRONG waited in vain: $*"
  failures=$((failures + 1))
}
has_ended() { [ -z "$(squeue --noheader --job "$1" 2>/dev/null)" ]; }
runs() { [ "$(squeue --noheader --states=running --job "$1" --format=%T 2>/dev/null)" = RUNNING ]; }
says() { grep -qs "$2" "$dir"/out."$1"_*; }
node_is() { [[ $(sinfo --noheader --Node --nodes="$1" --format=%T) == $2 ]]; }

# What the controller says of a job: `state Restarts`.
state() { scontrol --oneliner show job "$1" | grep -oE '(JobState|Restarts)=[^ ]+' | cut -d= -f2 | sort -u | paste -sd' '; }
daemons() { ps -eo stat=,comm= | grep -v '^Z' | grep -cE ' (slurmctld|slurmd|slurmstepd|munged)$'; }
daemons_are() { [ "$(daemons)" = "$1" ]; }
output() { sort "$dir"/out."$1"_* | grep -v '^slurmstepd' | paste -sd, ; }

daemons_before=$(daemons)
"$fixture" start "$dir" 2 || exit 1
check 'a second cluster in the same place' "$("$fixture" start "$dir" 2>&1)" '*stop it first'

# Nodes.
job=$(submit --nodelist=n1 --wrap 'hostname; touch /scratch/kept; ls /scratch | wc -l; pgrep -c slurmd')
await has_ended "$job"
check 'a node has a name and a daemon of its own' "$(output "$job")" '1,1,n1'
job=$(submit --nodelist=n2 --wrap 'hostname; ls /scratch | wc -l')
await has_ended "$job"
check 'and an empty /scratch' "$(output "$job")" '0,n2'
job=$(submit --array=0-9%2 --wrap 'echo $SLURM_ARRAY_TASK_ID; hostname >&2; sleep 0.5' --error="$dir/err.%A_%a")
await has_ended "$job"
check 'each task of an array runs once' "$(output "$job")" '0,1,2,3,4,5,6,7,8,9'
check 'on all nodes' "$(sort -u "$dir"/err."$job"_* | paste -sd,)" 'n1,n2'

# Jobs that do not end by themselves.
job=$(submit --wrap 'sleep 60')
await runs "$job"
scancel "$job"
await has_ended "$job"
check 'a job that is cancelled' "$(state "$job")" '*CANCELLED*'
job=$(submit --time=1 --wrap 'sleep 60')
await runs "$job"
scontrol update jobid="$job" EndTime=now+1
await has_ended "$job"
check 'a job that takes too long' "$(state "$job")" '*TIMEOUT*'
job=$(submit --mem=100 --wrap 'perl -e "\$x = q(x) x 3e8; sleep 5"')
await has_ended "$job"
shopt -s extglob
check 'a job that takes too much memory' "$(state "$job")" '*@(OUT_OF_MEMORY|FAILED)*'
job=$(submit --hold --wrap hostname)
check 'a job that is held' "$(squeue --noheader --job "$job" --format='%T %r')" 'PENDING JobHeldUser'
scontrol release "$job"
await has_ended "$job"
check 'and released' "$(state "$job")" '*COMPLETED*'

# Nodes that fail.
job=$(submit --nodelist=n2 --no-requeue --wrap 'sleep 60')
await runs "$job"
"$fixture" power-loss "$dir" n2
await has_ended "$job"
check 'a job whose node lost its power' "$(state "$job")" '*NODE_FAIL*'
"$fixture" processor "$dir" n2 'Another CPU @ 1 GHz'
"$fixture" boot "$dir" n2
await node_is n2 idle
job=$(submit --array=1-2 --wrap 'grep -q "Another CPU @ 1 GHz" /proc/cpuinfo && echo another || echo own; sleep 1')
await has_ended "$job"
check 'a node with another processor' "$(output "$job")" 'another,own'

scontrol update nodename=n1 state=drain reason=test
job=$(submit --requeue --wrap 'echo "begin $(hostname) ${SLURM_RESTART_COUNT:-0}"; sleep 15; echo "end $(hostname)"')
await says "$job" begin
"$fixture" power-loss "$dir" n2
scontrol update nodename=n1 state=resume
await has_ended "$job"
check 'a job is tried again on another node' "$(state "$job"): $(output "$job")" '1 COMPLETED: begin n1 1,begin n2 0,end n1'
"$fixture" boot "$dir" n2
await node_is n2 idle

scontrol update nodename=n1 state=drain reason=test
job=$(submit --requeue --wrap 'echo "begin $(hostname) ${SLURM_RESTART_COUNT:-0}"; sleep 20; echo "end $(hostname)"')
await says "$job" begin
"$fixture" freeze "$dir" n2
scontrol update nodename=n1 state=resume
await has_ended "$job"
"$fixture" thaw "$dir" n2
check 'a frozen node finishes what another does too' "$(state "$job"): $(output "$job")" \
  '1 COMPLETED: begin n1 1,begin n2 0,end n1,end n2'
await node_is n2 idle
check 'what happened to the last job, on record' "$(grep -c "JobId=$job .*JobState=" "$dir/log/jobs")" '[12]'

"$fixture" stop "$dir"
await daemons_are "$daemons_before"
check 'daemons that are left' "$(daemons)" "$daemons_before"
[ "$failures" = 0 ] || exit 1
[ $# -gt 0 ] || rm -rf "$dir"
