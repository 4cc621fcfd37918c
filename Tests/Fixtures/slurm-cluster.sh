#!/usr/bin/env bash
# A Slurm cluster inside one machine, for tests of what runs on one.
#
#   slurm-cluster.sh install                  install Debian's packages where they are missing
#   slurm-cluster.sh available                end with 0, or with 1 and one line that says why there can be no cluster
#   slurm-cluster.sh start DIR [NODES]        start a controller and the nodes n1, n2, … (two unless given)
#   slurm-cluster.sh stop DIR                 end all of it; the files in DIR stay
#   slurm-cluster.sh power-loss DIR NODE      end everything that runs on a node at once
#   slurm-cluster.sh boot DIR NODE            start a node again
#   slurm-cluster.sh freeze DIR NODE          take a node from the controller's sight; its jobs go on
#   slurm-cluster.sh thaw DIR NODE            bring it back
#   slurm-cluster.sh processor DIR NODE NAME  give a node the CPU model NAME from its next boot on
#
# It needs root, and neither systemd nor a network. Programs find the cluster by SLURM_CONF=DIR/slurm.conf. A node has
# processes, a host name and an empty /scratch of its own, and shares everything else with the machine. DIR/log has what
# the daemons say, and DIR/log/jobs one line for each job that has ended.
set -euo pipefail

packages=(slurmctld slurmd slurm-client munge procps util-linux)
controller_port=16817

fail() {
  echo "slurm-cluster: $*" >&2
  exit 1
}

# Says why there can be no cluster here; nothing where there can.
obstacle() {
  if [ "$(id -u)" != 0 ]; then
    echo "a cluster needs root"
    return
  fi
  local command
  for command in munged slurmctld slurmd sbatch scontrol squeue sinfo unshare nsenter setsid pgrep; do
    if ! command -v "$command" >/dev/null; then
      echo "$command is missing: apt-get install ${packages[*]}"
      return
    fi
  done
  unshare --pid --fork --kill-child --mount-proc --uts true 2>/dev/null \
    || echo "this machine lets nobody make namespaces, as some containers do not"
}

install_packages() {
  local command log
  for command in munged slurmctld slurmd sbatch; do
    command -v "$command" >/dev/null && continue
    [ "$(id -u)" = 0 ] || fail "not installed: it needs root"
    command -v apt-get >/dev/null || fail "not installed: there is no apt-get; please install ${packages[*]}"
    log=$(mktemp)
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } \
      >"$log" 2>&1 || fail "not installed, see $log"
    rm "$log"
    return
  done
}

write_configuration() {
  local nodes=$1 tracking=linuxproc memory=OverMemoryKill tasks=task/affinity
  echo 'CgroupPlugin=cgroup/v1' >"$dir/cgroup.conf"
  # Without control groups cores are not kept apart, and a job that takes too much memory is FAILED, not OUT_OF_MEMORY.
  if [ -w /sys/fs/cgroup/memory/cgroup.procs ]; then
    tracking=cgroup memory=NoOverMemoryKill tasks=task/affinity,task/cgroup
    printf '%s\n' ConstrainCores=yes ConstrainRAMSpace=yes >>"$dir/cgroup.conf"
  fi
  # Short times, so that a test need not wait for what takes minutes in a real cluster.
  cat >"$SLURM_CONF" <<CONFIGURATION
ClusterName=fixture
SlurmctldHost=$machine(127.0.0.1)
SlurmctldPort=$controller_port
SlurmUser=root
AuthInfo=socket=$dir/munge/socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.%n.pid
SlurmctldLogFile=$dir/log/slurmctld
SlurmdLogFile=$dir/log/slurmd.%n
ProctrackType=proctrack/$tracking
TaskPlugin=$tasks
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=$memory
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobs
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerParameters=bf_interval=1,sched_interval=1
ReturnToService=2
SlurmdTimeout=5
MessageTimeout=2
KillWait=2
MinJobAge=3600
NodeName=n[1-$nodes] NodeHostname=$machine NodeAddr=127.0.0.1 Port=[$((controller_port + 1))-$((controller_port + nodes))] CPUs=$(nproc) RealMemory=4000
PartitionName=bench Nodes=ALL Default=YES MaxTime=1:00:00
CONFIGURATION
}

boot_node() {
  local node=$1
  [ ! -e "$dir/$node.pid" ] || fail "$node runs already"
  mkdir -p "$dir/spool.$node" /scratch
  # The first process of a node's namespace ends with the one that made it, and takes all others with it.
  setsid unshare --pid --fork --kill-child --mount-proc --uts bash -c '
    node=$1 dir=$2
    hostname "$node"
    mount -t tmpfs tmpfs /scratch
    [ ! -e "$dir/cpuinfo.$node" ] || mount --bind "$dir/cpuinfo.$node" /proc/cpuinfo
    slurmd -c -N "$node"
    while :; do sleep 3600 & wait; done
  ' node "$node" "$dir" >"$dir/log/boot.$node" 2>&1 </dev/null &
  echo $! >"$dir/$node.pid"
}

# Sends a signal to the daemon of a node, but not to the jobs there.
signal_daemon() {
  local node=$1 signal=$2 namespace
  namespace=$(pgrep -P "$(cat "$dir/$node.pid")") || fail "$node does not run"
  nsenter -t "$namespace" -p -m kill "-$signal" "$(cat "$dir/slurmd.$node.pid")"
}

# Waits until so many nodes are idle.
await_idle() {
  local nodes=$1
  for _ in $(seq 150); do
    [ "$(sinfo --noheader --Node --states=idle --format=%N 2>/dev/null | wc -l)" != "$nodes" ] || return 0
    sleep 0.2
  done
  fail "$nodes nodes were not idle within 30 s, see $dir/log"
}

start() {
  local nodes=$1 reason number
  [[ $nodes =~ ^[1-9][0-9]?$ ]] || fail "'$nodes' nodes: a number from 1 to 99 is needed"
  reason=$(obstacle)
  [ -z "$reason" ] || fail "$reason"
  [ ! -e "$dir/slurmctld.pid" ] || fail "there is a cluster in $dir already; stop it first"
  if (: >"/dev/tcp/127.0.0.1/$controller_port") 2>/dev/null; then
    fail "port $controller_port is taken, perhaps by another such cluster"
  fi
  mkdir -p "$dir"/{state,log,munge}
  # What did not start as a whole does not stay in part.
  trap stop EXIT
  (umask 077 && head -c 128 /dev/urandom >"$dir/munge/key")
  write_configuration "$nodes"
  munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
    --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" 2>>"$dir/log/munged"
  slurmctld -c
  for number in $(seq "$nodes"); do boot_node "n$number"; done
  await_idle "$nodes"
  trap - EXIT
}

# Kills the process whose number is in a file, unless the number is another program's by now, and removes the file.
end_process() {
  local file=$1 program=$2 process
  [ -e "$file" ] || return 0
  process=$(cat "$file")
  [ "$(ps -o comm= -p "$process")" != "$program" ] || kill -9 "$process"
  rm -f "$file"
}

stop() {
  local file
  for file in "$dir"/n*.pid; do end_process "$file" unshare; done
  end_process "$dir/slurmctld.pid" slurmctld
  end_process "$dir/munge/pid" munged
}

power_loss() {
  [ -e "$dir/$1.pid" ] || fail "$1 does not run"
  end_process "$dir/$1.pid" unshare
}

set_processor() {
  name=$2 awk -F : '
    /^model name/ { print $1 ": " ENVIRON["name"]; found = 1; next }
    { print }
    END { if (!found) print "model name\t: " ENVIRON["name"] }
  ' /proc/cpuinfo >"$dir/cpuinfo.$1"
}

verb=${1:-}
case $verb in
  install) install_packages && exit ;;
  available)
    reason=$(obstacle)
    [ -z "$reason" ] && exit
    echo "$reason"
    exit 1
    ;;
  start | stop) [ $# -ge 2 ] || verb= ;;
  power-loss | boot | freeze | thaw) [ $# -eq 3 ] || verb= ;;
  processor) [ $# -eq 4 ] || verb= ;;
  *) verb= ;;
esac
if [ -z "$verb" ]; then
  sed -n '/^#   /s/^#   //p' "$0" >&2
  exit 2
fi

dir=$(realpath -m "$2")
machine=$(hostname -s)
export SLURM_CONF=$dir/slurm.conf
case $verb in
  start) start "${3:-2}" ;;
  stop) stop ;;
  power-loss) power_loss "$3" ;;
  boot) boot_node "$3" ;;
  freeze) signal_daemon "$3" STOP ;;
  thaw) signal_daemon "$3" CONT ;;
  processor) set_processor "$3" "$4" ;;
esac
