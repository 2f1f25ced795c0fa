# Shared by the server scripts beside this file: user, data folder, ports, and the watch over the running server. Sourced by bash.
# shellcheck shell=bash

# usage: enter_data_folder DIR USER
# Makes DIR, gives it to the user the server will run as and goes there. Sets here and as_user, the command that drops to that user.
enter_data_folder() {
    local dir=$1 user=$2
    mkdir -p -m 700 "$dir"
    as_user=()
    if [ "$(id -u)" = 0 ]; then
        # The server programs refuse to run as root.
        id "$user" >/dev/null 2>&1 || fail "no user '$user': install the server's package first"
        chown "$user:" "$dir"
        as_user=(setpriv --reuid "$user" --regid "$(id -gn "$user")" --init-groups --)
    fi
    cd "$dir" || fail "cannot enter $dir"
    here=$PWD
    # The folder may lie below one that the server's user cannot traverse (/root, a private temporary folder).
    # The kernel resolves this link without looking at the folders above.
    "${as_user[@]}" test -w "$here/." 2>/dev/null || here=/proc/self/cwd
}

# usage: free_port   Prints a loopback port that nobody listens on, below the range used for outgoing connections.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

# usage: start_tied SIGNAL COMMAND...   Starts the command as the server's user; the kernel sends it SIGNAL should this script be killed.
start_tied() {
    local signal=$1
    shift
    if [ ${#as_user[@]} -gt 0 ]; then
        set -- "${as_user[@]:0:${#as_user[@]}-1}" --pdeathsig "$signal" -- "$@"
    elif command -v setpriv >/dev/null; then
        set -- setpriv --pdeathsig "$signal" -- "$@"
    fi
    "$@" &
}

# usage: watch_over PID SIGNAL
# Stays until the server ends. SIGTERM, SIGINT, SIGHUP and the death of the parent stop it with SIGNAL.
# The parent is looked at once a second instead of by --pdeathsig, which fires when the parent's *thread* ends: a .NET parent's does.
watch_over() {
    local server=$1 signal=$2 never stat fields
    # shellcheck disable=SC2064
    trap "kill -s $signal $server 2>/dev/null" TERM INT HUP
    exec {never}<> <(:)
    while kill -0 "$server" 2>/dev/null; do
        read -r stat <"/proc/$$/stat" && read -ra fields <<<"${stat##*) }"
        [ "${fields[1]}" = "$PPID" ] || kill -s "$signal" "$server" 2>/dev/null
        read -rt 1 -u "$never"
    done
    wait "$server"
    exit $?
}

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}
