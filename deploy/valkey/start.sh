#!/bin/sh
# Starts Valkey with a password: no command line, file or log shows it, only its hash.
# VALKEY_PASSWORD is the password; further arguments go to the server.
set -eu
umask 077

: "${VALKEY_PASSWORD:?is the password that clients give}"
users="${VALKEY_RUN_DIR:-/tmp}/users.acl"
hash=$(printf %s "$VALKEY_PASSWORD" | sha256sum | cut -d ' ' -f 1)
echo "user default on #$hash ~* &* +@all" >"$users"
unset VALKEY_PASSWORD

exec valkey-server \
    --aclfile "$users" \
    --appendonly yes \
    --appendfsync everysec \
    --save "" \
    --maxmemory 384mb \
    --maxmemory-policy noeviction \
    "$@"
