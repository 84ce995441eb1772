#!/bin/sh
# Makes this machine a server of a Techulus cluster. The control plane serves this script; the line to run is in its answer to
# POST /servers:
#   TECHULUS_TOKEN=… sh install.sh --url URL[,URL…] [--proxy]
# Running it again changes nothing that is already as it should be.
set -eu

DEB_SHA256=@DEB_SHA256@
ONLINE_WITHIN_SECONDS=60

refuse() {
	echo "techulus: $*" >&2
	exit 1
}

say() {
	echo "techulus: $*"
}

check_machine() {
	[ "$(id -u)" = 0 ] || refuse "run this as root (sudo keeps the token with: sudo --preserve-env=TECHULUS_TOKEN)."
	[ -r /etc/os-release ] || refuse "this is no Debian or Ubuntu machine: /etc/os-release is missing."
	system=$(. /etc/os-release && echo "${ID:-} ${ID_LIKE:-}")
	name=$(. /etc/os-release && echo "${PRETTY_NAME:-${ID:-unknown}}")
	version=$(. /etc/os-release && echo "${VERSION_ID:-0}")
	case " $system " in
	*" ubuntu "*) oldest=23 ;;
	*" debian "*) oldest=12 ;;
	*) refuse "needs Debian 12 or Ubuntu 23.04, or newer; this is $name." ;;
	esac
	[ "${version%%.*}" -ge "$oldest" ] 2>/dev/null || refuse "needs Debian 12 or Ubuntu 23.04, or newer; this is $name."
	[ "$(dpkg --print-architecture)" = amd64 ] || refuse "needs an amd64 machine; this is $(dpkg --print-architecture)."
	[ -d /run/systemd/system ] || refuse "needs systemd as PID 1; this machine was started by something else."
}

# By making an interface: a module may be built in, loadable, or forbidden.
has_wireguard() {
	ip link add dev techulus-probe type wireguard 2>/dev/null || return 1
	ip link delete dev techulus-probe
}

# Without the kernel's, wireguard-go makes the interface.
needs_wireguard_go() {
	! has_wireguard && ! command -v wireguard-go >/dev/null 2>&1
}

check_kernel() {
	grep -q cgroup /proc/filesystems || refuse "the kernel has no control groups, which containers need."
	if ! has_wireguard && [ ! -c /dev/net/tun ]; then
		refuse "the kernel has neither WireGuard nor /dev/net/tun, so this machine could not join the mesh."
	fi
	free_kb=$(df -Pk /var/lib | awk 'NR == 2 { print $4 }')
	[ "$free_kb" -ge 1048576 ] || refuse "needs 1 GiB free under /var/lib; there are $((free_kb / 1024)) MiB."
}

check_nftables() {
	nft list tables >/dev/null 2>&1 || refuse "nftables does not work with this kernel ($(nft list tables 2>&1 | head -n 1))."
}

fetch() {
	if command -v curl >/dev/null 2>&1; then
		curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"
	elif command -v wget >/dev/null 2>&1; then
		wget --quiet --tries=3 --output-document="$2" "$1"
	else
		refuse "needs curl or wget."
	fi
}

# By the package's hash: a version may be built twice.
installed() {
	[ "$(cat /var/lib/techulus/installed-package 2>/dev/null || true)" = "$DEB_SHA256" ] && dpkg-query --show --showformat='${db:Status-Status}' techulus-agent 2>/dev/null | grep -qx installed
}

# Cut off while it installed (a reboot, a closed terminal), dpkg takes no order before it has ended what it began.
finish_interrupted() {
	[ -z "$(ls -A "${DPKG_ADMINDIR:-/var/lib/dpkg}/updates" 2>/dev/null)" ] || DEBIAN_FRONTEND=noninteractive dpkg --configure -a
}

# --reinstall: another build of the same version is another package too. Unattended upgrades may hold the lock for a while.
apt_install() {
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install --yes --quiet --no-install-recommends --allow-downgrades --reinstall "$@"
}

install_package() {
	if installed; then
		say "the package is installed already."
		return
	fi
	folder=$(mktemp -d)
	trap 'rm -rf "$folder"' EXIT
	chmod 755 "$folder"
	deb="$folder/techulus-agent.deb"
	fetch "$first_url/install/techulus-agent.deb" "$deb" || refuse "could not fetch the package from $first_url."
	echo "$DEB_SHA256  $deb" | sha256sum --check --quiet - >/dev/null 2>&1 || refuse "the package is not the one that this script was made for; fetch the script again."
	chmod 644 "$deb"
	more=""
	if needs_wireguard_go; then more="wireguard-go"; fi
	say "installing the package and what it depends on."
	finish_interrupted >"$folder/apt.log" 2>&1 || true
	# Offline it works too, as long as the dependencies are in place.
	if ! apt_install "$deb" $more >>"$folder/apt.log" 2>&1; then
		apt-get update --quiet >>"$folder/apt.log" 2>&1 || true
		apt_install "$deb" $more >>"$folder/apt.log" 2>&1 || {
			tail -n 15 "$folder/apt.log" >&2
			refuse "apt-get could not install the package; the lines above say why."
		}
	fi
	mkdir -p -m 0700 /var/lib/techulus
	echo "$DEB_SHA256" >/var/lib/techulus/installed-package
}

# A token used before on this machine is not sent again; the control plane would answer the same.
register() {
	token_hash=$(printf %s "${TECHULUS_TOKEN:-}" | sha256sum | cut -d ' ' -f 1)
	if [ "$(cat /var/lib/techulus/registered-token 2>/dev/null || true)" = "$token_hash" ]; then
		say "this server is registered already."
		return
	fi
	if [ -z "${TECHULUS_TOKEN:-}" ] && [ -s /var/lib/techulus/identity.json ]; then
		say "this machine is a server already; only its package is brought up to date."
		return
	fi
	[ -n "${TECHULUS_TOKEN:-}" ] || refuse "the environment variable TECHULUS_TOKEN is missing; copy the whole line from the control plane."
	for url in $(echo "$urls" | tr ',' ' '); do
		# shellcheck disable=SC2086
		if techulus-agent register --url "${url%/}" $proxy; then
			echo "$token_hash" >/var/lib/techulus/registered-token
			# One that ran before ran as somebody else, or as nobody.
			systemctl restart techulus-agent.service
			return
		fi
	done
	refuse "registration failed; the line above says why."
}

# Heard by the control plane, and in effect here what it answered.
settled() {
	status=$(techulus-agent status --json 2>/dev/null) || status=""
	echo "$status" | grep -q '"lastReceivedAt": [0-9]' && echo "$status" | grep -q '"wireguard": {'
}

# Something of this machine's own bears one of our names; only a person can say what becomes of it.
stands_in_the_way() {
	echo "$status" | grep -q '"outcome": "refused"'
}

start() {
	systemctl enable --quiet podman.socket techulus-dns.service techulus-agent.service
	systemctl start podman.socket techulus-dns.service techulus-agent.service
	until=$(($(date +%s) + ONLINE_WITHIN_SECONDS))
	until settled; do
		if stands_in_the_way; then
			techulus-agent status >&2
			refuse "registered, but something on this machine stands in the way: the lines above say what to do; the agent goes on by itself then."
		fi
		if [ "$(date +%s)" -ge "$until" ]; then
			techulus-agent status >&2 || true
			techulus-agent doctor >&2 || true
			refuse "not online after $ONLINE_WITHIN_SECONDS seconds; the lines above say what is missing (also: journalctl -u techulus-agent)."
		fi
		sleep 0.5
	done
	techulus-agent status
}

main() {
	urls=""
	proxy=""
	while [ $# -gt 0 ]; do
		case "$1" in
		--url)
			[ $# -ge 2 ] || refuse "--url needs a value."
			urls=$2
			shift 2
			;;
		--proxy)
			proxy=--proxy
			shift
			;;
		*) refuse "unknown argument: $1" ;;
		esac
	done
	case "$urls" in
	http://* | https://*) ;;
	*) refuse "--url is missing; copy the whole line from the control plane." ;;
	esac
	first_url=${urls%%,*}
	first_url=${first_url%/}
	check_machine
	check_kernel
	install_package
	check_nftables
	register
	start
}

# Called at the end only, so that a script cut off on the way does nothing.
main "$@"
