#!/bin/bash
# A whole Debian system with systemd as PID 1, in namespaces and cgroups of its own. The lab (TypeScript) decides, writes
# DIR/boot.conf and starts `node.sh supervise DIR` as a daemon; what is here needs namespaces, mounts and exec.
#   supervise DIR   boots the node, boots it again after reboot(2), ends with it
#   init DIR        inside the new namespaces: mounts, network, then becomes systemd
set -eu
N=$2
. "$N/boot.conf" # BASE NAME ADDRESS MAC GATEWAY BRIDGE VETH LAYOUT CGROUPS
R=$N/root SELF=$(readlink -f "$0") SAFE=nosuid,nodev,noexec
NODE_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CAPS=-sys_time,-sys_module,-sys_rawio,-syslog

note() { echo "$(date +%T) $*"; }
remove_cgroups() {
  local dir
  while read -r dir; do [ ! -d "$dir" ] || find "$dir" -depth -type d -exec rmdir {} \; 2>/dev/null || :; done < "$N/cgroups"
}
join_cgroups() { # run by the process that is to become the node
  local dir f
  while read -r dir; do
    mkdir -p "$dir"
    case $dir in */cgroup/*cpuset*/*)
      for f in cpus mems; do [ -s "$dir/cpuset.$f" ] || cat "${dir%/*}/cpuset.$f" > "$dir/cpuset.$f"; done
      echo 1 > "$dir/cgroup.clone_children" ;;
    esac
    echo $BASHPID > "$dir/cgroup.procs"
  done < "$N/cgroups"
}
# Where systemd is the host's PID 1 we run in a delegated scope: leave its top, so that controllers can be handed down.
settle_in_scope() {
  local own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
  mkdir -p "$own/supervisor"; echo $$ > "$own/supervisor/cgroup.procs"
  local c; for c in $(cat "$own/cgroup.controllers"); do echo "+$c" > "$own/cgroup.subtree_control" 2>/dev/null || :; done
  echo "$own/node" > "$N/cgroups"
}

supervise() {
  export SUPERVISOR=$$
  case $CGROUPS in
    scope) settle_in_scope ;;
    *) printf '%s\n' $CGROUPS > "$N/cgroups" ;;
  esac
  local code=129
  while [ $code = 129 ]; do # unshare's 129 (SIGHUP): reboot(2) in the node; 130: power off
    rm -f "$N/pid"; remove_cgroups; code=0; note booting
    # The daemon's lock (fd 9) is kept by unshare too and closed in init: free means that supervisor and node are gone.
    ( join_cgroups
      exec setpriv --pdeathsig KILL unshare --cgroup --pid --fork --kill-child=SIGKILL --mount --uts --ipc --net \
        --propagation private "$SELF" init "$N" ) & { wait $! || code=$?; } 2>/dev/null
    rm -f "$N/pid"; note "ended with $code"
  done
  remove_cgroups
}

mount_cgroups() {
  local c=$1 from name
  if [ "$LAYOUT" = v2 ]; then mount -t cgroup2 -o $SAFE cgroup2 "$c"; return; fi
  mount -t tmpfs -o mode=755,$SAFE tmpfs "$c"
  for from in /sys/fs/cgroup/*; do
    name=${from##*/}
    if [ -L "$from" ]; then cp -P "$from" "$c/$name"; continue; fi
    mkdir "$c/$name"
    case $name in
      unified) mount -t cgroup2 -o $SAFE cgroup2 "$c/$name" ;;
      systemd) mount -t cgroup -o $SAFE,none,name=systemd cgroup "$c/$name" ;;
      *) mount -t cgroup -o "$SAFE,$name" cgroup "$c/$name" ;;
    esac
  done
}
mount_devices() {
  local d=$1 device i=0 f
  mount -t tmpfs -o mode=755,nosuid tmpfs "$d"; mkdir "$d"/{pts,shm,net}
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$d/pts"
  mount -t tmpfs -o nosuid,nodev tmpfs "$d/shm"
  for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 net/tun:10:200 fuse:10:229; do
    mknod -m 666 "$d/${device%%:*}" c $(cut -d: -f2- <<< "$device" | tr : ' ')
  done
  ln -s pts/ptmx "$d/ptmx"; ln -s /proc/self/fd "$d/fd"
  for f in stdin stdout stderr; do ln -s /proc/self/fd/$i "$d/$f"; i=$((i+1)); done
}
mount_system() {
  mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$N/upper,workdir=$N/work" "$R"
  mkdir -p "$R/var/lib/containers"; mount --bind "$N/containers" "$R/var/lib/containers"
  mount -t proc -o $SAFE proc "$R/proc"
  local f; for f in sys sys/net; do mount --bind "$R/proc/$f" "$R/proc/$f"; done
  mount -o remount,bind,ro "$R/proc/sys"
  cat /proc/sys/kernel/random/uuid > "$N/boot_id" # fresh per boot, so that `journalctl -b -1` works
  mount --bind "$N/boot_id" "$R/proc/sys/kernel/random/boot_id"
  mount -t sysfs -o ro,$SAFE sysfs "$R/sys"; mount_cgroups "$R/sys/fs/cgroup"
  mount_devices "$R/dev"
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$R/run"
}
name_system() { # once: a machine keeps its identity
  [ ! -s "$R/etc/machine-id" ] || return 0
  echo "$NAME" > "$R/etc/hostname"; printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$NAME" > "$R/etc/hosts"
  tr -d - < /proc/sys/kernel/random/uuid > "$R/etc/machine-id"
}
connect() {
  local host="nsenter --net=/proc/$SUPERVISOR/ns/net"
  ip link set lo up
  $host ip link del "$VETH" 2>/dev/null || :
  ip link add eth0 address "$MAC" type veth peer name "$VETH" netns "/proc/$SUPERVISOR/ns/net"
  $host ip link set "$VETH" master "$BRIDGE"
  [ -e "$N/link-down" ] || $host ip link set "$VETH" up
  ip addr add "$ADDRESS" dev eth0; ip link set eth0 up; ip route add default via "$GATEWAY"
  [ ! -s "$N/partition.nft" ] || chroot "$R" nft -f - < "$N/partition.nft"
}
init() {
  exec 9>&-
  local host_pid; read -r host_pid _ < /proc/self/stat # /proc is still the host's
  mount_system; name_system; connect
  echo "$host_pid $(cut -d' ' -f22 "/proc/$host_pid/stat")" > "$N/pid.partial"; mv "$N/pid.partial" "$N/pid"
  cd "$R"; pivot_root . .; umount -l .; cd /
  exec env -i container=techulus-lab PATH=$NODE_PATH setpriv --bounding-set $CAPS --inh-caps $CAPS /lib/systemd/systemd
}

"$1"
