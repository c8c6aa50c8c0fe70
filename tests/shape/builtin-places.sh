#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# builtins.md §9 as a test: each feature in each type of probe that exists is accepted, or refused with
# a message that names the types it exists in.
set -eu
: "${BITTERN:?}"
[ -r /sys/kernel/btf/vmlinux ] && [ -r /sys/kernel/tracing/events/sched ] || {
	echo "SKIPPED: needs tracefs and the kernel's BTF"
	exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0 checked=0

# One line per type: the number of the line is that of the type.
probes='tracepoint:sched:sched_switch
rawtracepoint:sched_switch
fentry:vfs_read
fexit:vfs_read
profile:hz:1
interval:s:1
software:cs:1000
begin
end
self:signal:SIGUSR1'

registers="kprobe kretprobe uprobe uretprobe usdt profile interval software hardware watchpoint"
signals="kprobe kretprobe uprobe uretprobe usdt tracepoint profile fentry fexit rawtracepoint"
tasks="tracepoint rawtracepoint fentry fexit profile interval software hardware watchpoint"

# place STATEMENT TYPES
place() {
	echo "$probes" | sed "s|\$| { $1 }|" >"$work/script.bt"
	"$BITTERN" --unsafe --stop-after check "$work/script.bt" >"$work/out" 2>&1 || :
	line=0
	for probe in $probes; do
		line=$((line + 1)) type=${probe%%:*}
		checked=$((checked + 1))
		sed -n "/script.bt:$line:.*ERROR: .*does not exist in probes of type '$type'\$/,/it exists in/p" \
			"$work/out" >"$work/message"
		case " $2 " in
		*" $type "*)
			[ ! -s "$work/message" ] || { echo "'$1' is refused in $type"; bad=1; }
			;;
		*)
			list=$(sed -n 's/^HINT: it exists in: //p' "$work/message" | tr -d ,)
			[ "$list" = "$2" ] || {
				echo "'$1' in $type: refused with the list '$list', expected '$2'"
				bad=1
			}
			;;
		esac
	done
}

place 'print(arg0);' "kprobe uprobe usdt rawtracepoint"
place 'print(args);' "tracepoint rawtracepoint kprobe fentry fexit uprobe" # kprobe: ours
place 'print(retval);' "kretprobe uretprobe fexit"
place 'print(ctx);' "$registers iter"
place 'print(func);' "kprobe kretprobe uprobe uretprobe fentry fexit"
place 'print(reg("ip"));' "$registers"
place 'print(usermode);' "tracepoint rawtracepoint fentry fexit profile interval software begin end self"
place 'print(path(1));' "fentry fexit iter"
place 'print(socket_cookie((struct sock *)1));' "rawtracepoint fentry fexit iter"
place 'override(1);' "kprobe"
place 'signal("USR1");' "$signals"
place 'signal_thread(1);' "$signals"
place 'print(comm(1));' "$tasks"
place 'print((pid, tid, uid, gid, comm, cpu, cgroup, nsecs, elapsed, rand));' \
	"tracepoint rawtracepoint fentry fexit profile interval software begin end self"

# Every attach point of a probe has to allow it.
for points in 'profile:hz:1, interval:s:1' 'rawtracepoint:sched_switch, software:cs:1000'; do
	! "$BITTERN" --unsafe --stop-after check -e "$points { signal(\"USR1\"); }" >"$work/out" 2>&1 &&
		grep -q "does not exist in probes of type" "$work/out" || {
		echo "one of '$points' does not allow signal(), but it is accepted"
		bad=1
	}
done
echo "$checked places"
exit $bad
