#!/usr/bin/env bash
# Stands in for sbatch, squeue, scontrol and scancel, for tests that need no cluster: the name by which it is called says
# for which one. What a job does is said by the next line of the file `modes`, or by the last one:
#
#   run       the job runs at once, and sbatch returns when it has ended
#   narrow    the same on one processor, which makes a node of another class
#   pending   the job waits for ever; any other reason is written beside it, as in `pending JobHeldUser`
#   exceed    the job tells that it has begun, and exceeds its walltime
#   lost      the job does not run, and squeue does not list it
#   late      the job runs for two seconds after squeue has listed it as completed
#   asked     the job is listed as running, and ends while squeue is asked the next time
#   STATE     the job does not run, and ends in this state of Slurm
#
# The file `probe` says what the job does that looks at the first node, which runs when there is no such file.
#
# The folder of this file's link has the state: `jobs` as squeue prints it, `submitted` with the words of each sbatch.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

next_mode() {
  local lines
  [ -s "$here/modes" ] || { echo run; return; }
  head -n 1 "$here/modes"
  lines=$(wc -l <"$here/modes")
  [ "$lines" -le 1 ] || sed -i 1d "$here/modes"
}

# The numbers that `--array` names.
tasks() {
  local part
  for part in $(echo "${1%%%*}" | tr , ' '); do seq "${part%-*}" "${part#*-}"; done
}

# Lists a job as squeue does: number, task or N/A, state, name, node, reason.
list() { echo "$1|$2|$3|$4|$5|$limit:00|$6" >>"$here/jobs"; }

run_job() { # number, task or N/A, name, node, narrow or nothing, script, words
  local number=$1 task=$2 name=$3 node=$4 narrow=$5
  shift 5
  local wrapper=()
  [ -z "$narrow" ] || wrapper=(taskset -c 0)
  local variables=(SLURM_JOB_ID="$number" SLURMD_NODENAME="$node")
  [ "$task" = N/A ] || variables+=(SLURM_ARRAY_JOB_ID="$number" SLURM_ARRAY_TASK_ID="$task")
  local state=COMPLETED
  env "${variables[@]}" ${wrapper[@]+"${wrapper[@]}"} bash "$@" >>"$here/log" 2>&1 || state=FAILED
  list "$number" "$task" $state "$name" "$node" None
}

case $(basename "$0") in
  sbatch)
    echo "$*" >>"$here/submitted"
    number=$(wc -l <"$here/submitted") array= name=job
    while [[ ${1:-} == --* ]]; do
      case $1 in
        --array=*) array=${1#*=} ;;
        --job-name=*) name=${1#*=} ;;
      esac
      shift
    done
    [ -n "$array" ] || name=$(sed -n 's/^#SBATCH --job-name=//p' "$1")
    limit=$(sed -n 's/^#SBATCH --time=//p' "$1")
    for task in $([ -n "$array" ] && tasks "$array" || echo N/A); do
      if [ "$task" = N/A ]; then mode=$(cat "$here/probe" 2>/dev/null || echo run); else mode=$(next_mode); fi
      case $mode in
        run) run_job "$number" "$task" "$name" n1 "" "$@" ;;
        narrow) run_job "$number" "$task" "$name" n2 narrow "$@" ;;
        pending*) list "$number" "$task" PENDING "$name" "" "${mode#pending }" ;;
        lost) ;;
        exceed)
          folder=$(sed -n 's/^exec .* work \([^ ]*\) .*/\1/p' "$1")
          echo "{\"number\":$task,\"node\":\"n1\",\"job\":\"${number}_$task\",\"restart\":0}" \
            >"$folder/events/$task.n1.${number}_$task.0"
          list "$number" "$task" TIMEOUT "$name" n1 None
          ;;
        late)
          list "$number" "$task" COMPLETED "$name" n1 None
          (sleep 2 && run_job "$number" "$task" "$name" n1 "" "$@") </dev/null >>"$here/log" 2>&1 &
          ;;
        asked)
          list "$number" "$task" RUNNING "$name" n1 None
          echo "$number $task $name $limit $*" >>"$here/asked"
          ;;
        *) list "$number" "$task" "$mode" "$name" n1 None ;;
      esac
    done
    echo "$number"
    ;;
  squeue)
    # The controller does not answer once for each line of `silent`.
    if [ -s "$here/silent" ]; then
      sed -i 1d "$here/silent"
      exit 1
    fi
    if [ -s "$here/asked" ]; then
      while read -r number task name limit words; do
        sed -i "/^$number|$task|RUNNING|/d" "$here/jobs"
        # shellcheck disable=SC2086 # The words of a batch script have no spaces.
        run_job "$number" "$task" "$name" n1 "" $words
      done <"$here/asked"
      rm "$here/asked"
    fi
    cat "$here/jobs" 2>/dev/null || true
    ;;
  scontrol)
    echo "$*" >>"$here/controlled"
    [ "${1:-}" != show ] || echo "MaxArraySize            = $(cat "$here/greatest" 2>/dev/null || echo 1001)"
    ;;
  scancel)
    echo "$*" >>"$here/cancelled"
    for number in "$@"; do
      sed -i "s/^$number|\([^|]*\)|\(PENDING\|RUNNING\)|/$number|\1|CANCELLED|/" "$here/jobs"
    done
    ;;
esac
