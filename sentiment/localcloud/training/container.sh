#!/usr/bin/env bash
# Runs a command as if in a container: with a private /opt/ml and host names if requested, ending with its parent.
# Usage: container.sh private|shared FOLDER WORKING_DIRECTORY COMMAND...
# FOLDER contains ml/ (to become /opt/ml) and hosts (to become /etc/hosts).
set -euo pipefail
mode=$1 folder=$2 directory=$3
shift 3

# The parent holds the other end of standard input: when it exits for any reason, everything here is ended too.
exec 3<&0 </dev/null
(trap '' TERM INT; read -r _ <&3 || true; kill -KILL 0) >/dev/null 2>&1 &
exec 3<&-

if [[ $mode == private ]]; then
    mount --bind "$folder/hosts" /etc/hosts
    mkdir "$folder/opt" && mount --rbind /opt "$folder/opt"
    mount -t tmpfs tmpfs /opt
    for entry in "$folder"/opt/*/; do
        [[ -d $entry ]] || continue
        name=$(basename "$entry")
        mkdir "/opt/$name" && mount --rbind "$entry" "/opt/$name"
    done
    mkdir -p /opt/ml && mount --bind "$folder/ml" /opt/ml
fi
cd "$directory"
exec "$@"
