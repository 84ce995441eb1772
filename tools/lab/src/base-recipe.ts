/** What is in every node before it becomes a server. The hash of this recipe names the base, so a change makes a new one. */
import { createHash } from 'node:crypto';

export const bootstrapPackages = ['systemd', 'systemd-sysv', 'dbus', 'ca-certificates'];

/** Nodes have no way out, so whatever the agent's deb depends on must be here already; the last line is for tests. */
export const basePackages = [
  ...['podman', 'netavark', 'aardvark-dns', 'crun', 'runc', 'iptables', 'nftables', 'iproute2'],
  ...[
    'wireguard-tools',
    'wireguard-go',
    'systemd-resolved',
    'libnss-resolve',
    'curl',
    'procps',
    'util-linux',
    'adduser',
  ],
  ...['busybox-static', 'iputils-ping', 'bind9-dnsutils', 'less'],
];

/** Nothing of this has a place in a node: no hardware, no apt lists to refresh, no kernel file systems to mount. */
const maskedUnits = [
  ...['sys-kernel-debug.mount', 'sys-kernel-tracing.mount', 'dev-hugepages.mount', 'fstrim.timer'],
  ...[
    'apt-daily.timer',
    'apt-daily-upgrade.timer',
    'e2scrub_all.timer',
    'e2scrub_reap.service',
    'podman-auto-update.timer',
  ],
  ...['systemd-timesyncd.service', 'getty@tty1.service', 'console-getty.service'],
];

/** Limits at or below the hard ones of a machine without CAP_SYS_RESOURCE; Podman's wish to raise them fails there. */
const containersConf = `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
pids_limit = 0

[engine]
runtime = "runc"
`;

/** Podman's clean-up of a container that ends with the machine waits for a D-Bus that is gone: 90 s of a reboot otherwise. */
const systemConf = `[Manager]
DefaultTimeoutStopSec=5s
`;

export function baseScript(root: string, mirror: string): string {
  return `set -eu
R='${root}'
debootstrap --variant=minbase --include=${bootstrapPackages.join(',')} bookworm "$R" '${mirror}'
printf '#!/bin/sh\\nexit 101\\n' > "$R/usr/sbin/policy-rc.d"; chmod +x "$R/usr/sbin/policy-rc.d"
cp -L /etc/resolv.conf "$R/etc/resolv.conf"
apt-config dump Acquire::http::Proxy > "$R/etc/apt/apt.conf.d/99lab-proxy"
DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$R" apt-get install -yq --no-install-recommends ${basePackages.join(' ')}
rm -f "$R/usr/sbin/policy-rc.d" "$R"/var/cache/apt/archives/*.deb "$R/etc/apt/apt.conf.d/99lab-proxy"
rm -rf "$R"/var/lib/apt/lists/* "$R/etc/machine-id" "$R/var/lib/dbus/machine-id"
for unit in ${maskedUnits.join(' ')}; do ln -sf /dev/null "$R/etc/systemd/system/$unit"; done
ln -sf ../run/systemd/resolve/stub-resolv.conf "$R/etc/resolv.conf"
mkdir -p "$R/etc/containers" "$R/var/log/journal"
cat > "$R/etc/containers/containers.conf" <<'END'
${containersConf}END
mkdir -p "$R/etc/systemd/system.conf.d"
cat > "$R/etc/systemd/system.conf.d/lab.conf" <<'END'
${systemConf}END
`;
}

export function baseName(): string {
  const recipe = baseScript('ROOT', 'MIRROR');
  return `base-${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`;
}
