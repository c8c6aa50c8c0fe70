#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh -k DIRECTORY [options] -- COMMAND...: runs a command of this machine's tree, as root, in a small VM with
# the kernel that make.sh put in DIRECTORY, under qemu's software emulation (no KVM needed).
#   -k DIR     the kernel
#   -m MIB     memory (512)          -c N      CPUs (2)
#   -t SEC     limit on the command (120); past it the status is 124
#   -w DIR     a directory of this machine that the command may write; all else that it writes is lost
#   -a ARGS    more kernel arguments, e.g. lsm=bpf (a snapshot of its own)
#   -e NAME    pass this variable of the environment (PATH, HOME, TERM, LANG go)
#   -b         cold boot instead of the snapshot
#   -v         say what happens, with times
# The command's stdout and stderr come out as those of this script, and its status is that of this script; 125:
# the VM did not answer (a panic: the end of its console is printed). COMMAND is one word run by /bin/sh -c, or
# several words, quoted as they are.
# In the VM: / is this machine's tree (read-only, with a layer in memory above it); tracefs, debugfs, bpffs, cgroup2
# and securityfs are mounted, lo is up, /dev/vda is an empty disk of 256 MiB, modprobe finds the kernel's modules.
# The first use of a combination of options boots (3 to 5 s) and saves a snapshot, DIR/snap-*; later ones start from
# it (0.5 s). Several may run from one snapshot at a time.
set -u
[ -e /proc/self/fd/1 ] || exec >/dev/null
[ -e /proc/self/fd/2 ] || exec 2>/dev/null
vm='' memory=512 cpus=2 limit=120 writable='' boot='' verbose='' more='' variables="PATH HOME TERM LANG"
usage() {
	sed -n '3s/^# //p' "$0" >&2
	exit 2
}
while getopts k:m:c:t:w:e:a:bv option; do
	case $option in
	k) vm=$OPTARG ;;
	m) memory=$OPTARG ;;
	c) cpus=$OPTARG ;;
	t) limit=$OPTARG ;;
	w) writable=$OPTARG ;;
	a) more=$OPTARG ;;
	e) variables+=" $OPTARG" ;;
	b) boot=1 ;;
	v) verbose=1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage
qemu=${QEMU:-qemu-system-x86_64}
command -v "$qemu" >/dev/null || { echo "run.sh: there is no $qemu (package qemu-system-x86)" >&2; exit 125; }
[ -f "$vm/vmlinux" ] || { echo "run.sh: no kernel in '$vm': make.sh makes it" >&2; exit 125; }
vm=$(readlink -f "$vm")
[ -z "$writable" ] || writable=$(readlink -f "$writable")
command=$1
if [ $# -gt 1 ]; then
	command=
	for word; do command+="'${word//\'/\'\\\'\'}' "; done
fi
begin=${EPOCHREALTIME/./}
say() {
	[ -n "$verbose" ] || return 0
	local t=$((${EPOCHREALTIME/./} - begin))
	printf 'run.sh %d.%03d: %s\n' $((t / 1000000)) $((t / 1000 % 1000)) "$*" >&2
}

work=$(mktemp -d "${TMPDIR:-/tmp}/bittern-vm.XXXXXX") || exit 125
pid=
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- the machine
# The guest cannot measure its TSC under emulation on a busy machine: it would hang, or fall back to a clock of
# 4 ms. The emulated TSC is the host's.
khz=$(awk '/^bogomips/ { printf "%d", $3 * 500; exit }' /proc/cpuinfo)
arguments="console=ttyS0 quiet panic=-1 oops=panic tsc_early_khz=$khz tsc=reliable no_timer_check mitigations=off
 random.trust_cpu=1 cryptomgr.notests audit=0 rcupdate.rcu_expedited=1${more:+ $more}"
# thread=single: with a thread per CPU, the emulator races with the kernel's patching of its own code (static
# keys, kprobes, fentry), and the guest panics. Without la57 the emulator walks four levels of page tables, not five.
accelerator=tcg,thread=single
cpu=max,la57=off
comma() { # as qemu's options have it
	printf %s "${1//,/,,}"
}
# machine RAM SHARED: sets $machine
# shellcheck disable=SC2054 # those commas are qemu's
machine() {
	machine=("$qemu" -nodefaults -no-user-config -display none -no-reboot
		-M microvm,rtc=on,memory-backend=mem -accel "$accelerator" -cpu "$cpu" -smp "$cpus" -m "$memory"
		-object "memory-backend-file,id=mem,size=${memory}M,mem-path=$(comma "$1"),share=$2"
		-kernel "$vm/vmlinux" -initrd "$vm/initramfs.cpio"
		-device isa-debug-exit,iobase=0xf4,iosize=4
		-serial "file:$(comma "$work/console")" -chardev "pipe,id=ctl,path=$(comma "$work/ctl")"
		-chardev "pipe,id=mon,path=$(comma "$work/mon")" -mon chardev=mon,mode=readline
		-device virtio-serial-device
		-device virtserialport,chardev=ctl,name=vm.ctl
		-device virtserialport,chardev=out,name=vm.out
		-device virtserialport,chardev=err,name=vm.err
		-fsdev "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"
		-device virtio-9p-device,fsdev=root,mount_tag=root
		-fsdev "local,id=rw,path=$(comma "${writable:-$work/none}"),security_model=none,multidevs=remap"
		-device virtio-9p-device,fsdev=rw,mount_tag=rw
		-drive "file=$(comma "$work/disk"),format=raw,if=none,id=d0,cache=unsafe,aio=threads"
		-device virtio-blk-device,drive=d0,serial=scratch)
}
make_pipes() {
	mkdir -p "$work/none"
	rm -f "$work"/*.in "$work"/*.out
	mkfifo "$work"/{ctl,mon}.{in,out}
	truncate -s 256M "$work/disk"
	exec 5<>"$work/ctl.out" 6<>"$work/ctl.in" 7<>"$work/mon.in" 8<>"$work/mon.out"
}
# wait_for_line SECONDS: sets $line to what the guest says next; 1: it ended, 2: too late.
wait_for_line() {
	local end=$((SECONDS + $1)) ended='' part
	line=
	while :; do
		read -r -t 0.5 -u 5 part && line+=$part && return 0
		line+=$part # of a line that is on its way
		[ -z "$ended" ] || return 1
		kill -0 "$pid" 2>/dev/null || ended=1 # and once more: its last words
		[ "$SECONDS" -lt "$end" ] || return 2
	done
}
show_console() {
	local file
	for file in "$work/qemu" "$work/console"; do
		[ ! -s "$file" ] || tail -n "$1" "$file" | tr -d '\r' >&2
	done
}

# --- the snapshot
# Boots, waits for READY, saves the state of the devices; the memory is the file.
save_snapshot() {
	local new=$snapshot.$$
	mkdir -p "$new"
	truncate -s "${memory}M" "$new/ram"
	make_pipes
	machine "$new/ram" on
	"${machine[@]}" -append "$arguments" -chardev null,id=out -chardev null,id=err 2>"$work/qemu" &
	pid=$!
	if ! wait_for_line 120 || [ "$line" != READY ]; then
		echo "run.sh: the VM does not start; its console ends:" >&2
		show_console 20
		rm -rf "$new"
		exit 125
	fi
	# The path is one of the shell that qemu starts.
	printf '%s\n' 'migrate_set_capability x-ignore-shared on' 'migrate_set_parameter max-bandwidth 10G' \
		"migrate \"exec:cat > $work/state\"" >&7
	for _ in {1..400}; do
		echo 'info migrate' >&7
		sleep 0.05
		timeout 0.05 cat <&8 | grep -aq 'Migration status: completed' && break
	done
	echo quit >&7
	wait "$pid"
	pid=
	if [ ! -s "$work/state" ] || ! cp "$work/state" "$new/state"; then
		rm -rf "$new"
		return 1
	fi
	mv -T "$new" "$snapshot" 2>/dev/null || rm -rf "$new"
}
# It holds for what it was made with.
qemu_version=$("$qemu" --version | sed -n 's/.*version \([0-9.]*\).*/\1/p;q')
snapshot=$vm/snap-$(printf '%s\n' "$memory $cpus $qemu_version $accelerator $cpu $arguments" \
	"$(stat -c '%i %Y' "$vm/vmlinux" "$vm/initramfs.cpio")" | cksum | cut -d' ' -f1)
if [ -z "$boot" ]; then
	exec 9>"$vm/lock"
	flock 9 # one makes it, others wait
	if [ ! -s "$snapshot/state" ]; then
		say "making $snapshot"
		save_snapshot || {
			echo "run.sh: no snapshot, cold boot" >&2
			boot=1
		}
	fi
	exec 9>&-
fi

# --- the command
make_pipes
{
	printf '%s\0' "time=${EPOCHREALTIME}000" "cwd=$PWD"
	for name in $variables; do [ -z "${!name+x}" ] || printf 'env=%s=%s\0' "$name" "${!name}"; done
	[ -z "$writable" ] || printf 'rw=rw:%s\0' "$writable"
	printf 'mods=%s\0' "$(readlink -f "$vm/modules")"
	printf 'cmd=%s\0' "$command"
} >"$work/request"
exec 3>&1 4>&2
{
	printf 'VMREQ %d\n' "$(stat -c %s "$work/request")"
	cat "$work/request"
} >&6 & # a pipe takes 64 KiB at once
# shellcheck disable=SC2054
outputs=(-add-fd fd=3,set=1 -add-fd fd=4,set=2
	-chardev file,id=out,path=/dev/fdset/1,append=on -chardev file,id=err,path=/dev/fdset/2,append=on)
say "start"
if [ -n "$boot" ]; then
	truncate -s "${memory}M" "$work/ram"
	machine "$work/ram" off
	"${machine[@]}" -append "$arguments" "${outputs[@]}" 2>"$work/qemu" &
else
	cp "$snapshot/state" "$work/state"
	printf '%s\n' 'migrate_set_capability x-ignore-shared on' "migrate_incoming \"exec:cat $work/state\"" >&7
	machine "$snapshot/ram" off
	"${machine[@]}" -append x "${outputs[@]}" -incoming defer 2>"$work/qemu" &
fi
pid=$!
status=
end=$((SECONDS + limit))
while [ -z "$status" ]; do
	wait_for_line $((end - SECONDS))
	case $? in
	0)
		case $line in
		READY) say "ready" ;;
		EXIT*) status=${line#EXIT } ;;
		esac
		;;
	1)
		echo "run.sh: the VM ended without an answer; its console ends:" >&2
		show_console 40
		exit 125
		;;
	*)
		echo "run.sh: the command ran past $limit s" >&2
		exit 124
		;;
	esac
done
[ "$status" != 126 ] || show_console 5 # its init may have something to say
for _ in {1..20}; do # to flush its output
	kill -0 "$pid" 2>/dev/null || break
	sleep 0.01
done
say "status $status"
[ -z "$verbose" ] || grep -a '^init' "$work/console" >&2
exit "$status"
