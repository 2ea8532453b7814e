# A collector and a terminal on this machine's loopback, for the tests of forwarding: certificates, rsyslog with the
# file that we ship, the journal's writer, sekisho-forward. Sourced by them; $build is BUILD/MODE, $work theirs.
# Downloaded before the network is our own.
tree=$(tests/host/rsyslog-tree "${build%/*}") || exit 1
# Nothing leaves the machine: the network is the test's own.
if [ -z "${SEKISHO_TEST_NETWORK:-}" ]; then
	rm -rf "$work" # it makes another
	SEKISHO_TEST_NETWORK=own exec unshare --net "$0" "$@"
fi
ip link set lo up

load=$build/tests/host/journal_load
tree=$(realpath "$tree")
libraries=$(dirname "$(find "$tree/usr/lib" -name 'librelp.so.0')")
modules=$libraries/rsyslog
port=2514
rsyslog='' forward='' writer='' clients=''

certificate() { # certificate NAME SUBJECT AUTHORITY [DAYS]: NAME.pem and NAME.key, good for SUBJECT
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$work/$1.key" \
		-addext "subjectAltName=DNS:$2" 2>/dev/null |
		openssl x509 -req -CA "$work/$3.pem" -CAkey "$work/$3.key" -days "${4:-30}" -copy_extensions copy \
			-out "$work/$1.pem" 2>/dev/null
}
authority() { # authority NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=Sekisho test authority $1" \
		-days 30 -keyout "$work/$1.key" -out "$work/$1.pem" 2>/dev/null
}
certificates() {
	authority authority
	certificate collector localhost authority
	certificate terminal t1.terminal.sekisho.internal authority
}

configure_collector() { # [CERTIFICATE]: the shipped file, with this test's places
	{
		echo "global(workDirectory=\"$work\")"
		sed -e "s|/etc/sekisho-collector/collector|$work/${1:-collector}|" \
			-e "s|/etc/sekisho-collector|$work|; s|/var/log/sekisho|$work/log|; s|\"2514\"|\"$port\"|" \
			-e "s|/usr/libexec/sekisho|$(realpath "$build")|" \
			packaging/collector/50-sekisho-collector.conf
	} >"$work/rsyslog.conf"
}
start_collector() {
	LD_LIBRARY_PATH=$libraries "$tree/usr/sbin/rsyslogd" -M "$modules" -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" >>"$work/rsyslog.out" 2>&1 &
	rsyslog=$!
}
collect() { # what rsyslog has write: sekisho-collect's process
	cat "/proc/$rsyslog"/task/*/children 2>/dev/null
}
collects() { [ -n "$(collect)" ]; }
wait_for_collector() {
	for ((i = 0; i < 1200; i++)); do
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
		sleep 0.05
	done
	echo "rsyslog does not listen:"
	cat "$work/rsyslog.out"
	return 1
}

# A collector that speaks TLS 1.1 and nothing newer, on a machine where administrators let all programs do so.
start_old_tls() {
	cat >"$work/old.cnf" <<-END
		openssl_conf = all
		[all]
		ssl_conf = ssl
		[ssl]
		system_default = old
		[old]
		MinProtocol = TLSv1
		CipherString = ALL:@SECLEVEL=0
	END
	export OPENSSL_CONF=$work/old.cnf
	openssl s_server -accept "$port" -cert "$work/collector.pem" -key "$work/collector.key" -tls1_1 -www >"$work/old.out" 2>&1 &
	rsyslog=$!
}
speaks_old_tls() { # to whoever minds nothing
	openssl s_client -connect "localhost:$port" -CAfile "$work/authority.pem" </dev/null 2>/dev/null | grep -q "Protocol *: TLSv1.1$"
}
end_old_tls() {
	unset OPENSSL_CONF
}

configure_terminal() { # [CERTIFICATE [AUTHORITY [LINE...]]]
	mkdir -p "$work/state" "$work/run"
	cat >"$work/collector.conf" <<-END
		[Collector]
		Server=localhost:$port
		Authority=$work/${2:-authority}.pem
		Certificate=$work/${1:-terminal}.pem
		Key=$work/${1:-terminal}.key
		RetrySeconds=1
		EventsPerSecond=100000
	END
	printf '%s\n' "${@:3}" >>"$work/collector.conf"
}
start_forward() {
	"${forwarder:-$build/sekisho-forward}" --journal "$work/journal" --state "$work/state" --run "$work/run" \
		--configuration "$work/collector.conf" --record "$work/socket" --control "$work/control" >>"$work/forward.out" 2>&1 &
	forward=$!
}
start_writer() {
	"$load" writer "$work/journal" "$work/socket" 1048576 >>"$work/writer.out" &
	writer=$!
}
# The whole agent in the writer's place, with a seal: what sekisho-collector makes for it lies in $work/etc and $work/out/NAME.
set_up_agent() { # NAME
	"$build/sekisho-collector" setup --name localhost --directory "$work/etc" --rsyslog "$work" \
		--shipped packaging/collector/50-sekisho-collector.conf &&
		"$build/sekisho-collector" terminal --directory "$work/etc" --output "$work/out" "$1" || return 1
	cp "$work"/etc/{authority.pem,collector.pem,collector.key} "$work/out/$1"/{terminal.pem,terminal.key,seal.key} "$work"
	cp packaging/devices.conf "$work"
	mkdir "$work/sys"
	echo 0123456789abcdef0123456789abcdef >"$work/machine-id"
}
start_agent() { # [COMMAND...]: which runs it
	rm -f "$work/socket" "$work/control"
	"$@" tests/host/with-sockets record="$work/socket" control="$work/control" "$build/sekishod" --journal "$work/journal" \
		--rules "$work/devices.conf" --sysfs "$work/sys" --priv "$work/priv" --ready "$work/ready" --seal "${seal:-$work/seal.key}" \
		--machine-id "$work/machine-id" --retention "$work/journal.conf" --receipt "$work/receipt" \
		--collector "$work/collector.conf" --fetched "$work/kept/receipt" \
		--revoked "$work/revocations/list" --fetched-list "$work/run/revoked" --brought-list "$work/revocations/brought" \
		2>>"$work/engine.out" &
	writer=$!
}
start_clients() { # COUNT [PAUSE [KIB]]
	"$load" clients "$work/socket" "$1" "$work/notes" "${2:-0}" "${3:-0}" &
	clients=$!
}

# kill_one SIGNAL PID: and waits for its end.
kill_one() {
	[ -n "$2" ] || return 0
	kill "$1" "$2" 2>/dev/null
	wait "$2" 2>/dev/null
	return 0
}
end_all() {
	for pid in $clients $writer $forward $rsyslog; do
		kill_one -9 "$pid"
	done
	rm -rf "$work"
}

# The events at the centre, once each, in the order in which they came first. What a power cut left of a line has the next
# one behind it.
at_centre() {
	cat "$work"/log/*/*.log 2>/dev/null | sed 's/^.*\[sekisho@32473 [^]]*\] //' | awk '!seen[$0]++'
}
in_journal() {
	"$build/sekisho" events --directory "$work/journal" --json
}
last_in_journal() { # its number
	in_journal | tail -n 1 | sed 's/.*"seq":\([0-9]*\).*/\1/'
}
standing() { # standing KEY: of the forwarder
	sed -n "s/.*\"$1\": *\"\\?\\([^\",}]*\\).*/\\1/p" "$work/run/standing" 2>/dev/null
}
# What must come is waited for, for a long time: where it comes that costs nothing, and a machine
# that has other things to do is no failure.
soon() { # soon COMMAND...
	local end=$((SECONDS + 120))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}
forward_says() { # forward_says WORDS
	grep -Eq "$1" "$work/forward.out" 2>/dev/null
}
wait_for_delivery() { # [SECONDS]: until all is at the centre; so long on a machine with nothing else to do
	local last
	last=$(last_in_journal)
	for ((i = 0; i < ${1:-60} * 5 * 4; i++)); do
		[ "$(standing acknowledged)" = "$last" ] && return
		sleep 0.2
	done
	echo "only $(standing acknowledged) of $last events were acknowledged; $(standing state): $(standing error)"
	tail -5 "$work/forward.out"
	return 1
}
