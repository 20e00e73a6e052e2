# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# Sourced by scripts/run: the demonstration of --luks. A server on loopback that knows this guest, with fresh
# certificates, and a fresh disk where there is none. From inside of QEMU's user network it is 10.0.2.2.
# shellcheck disable=SC2034,SC2154 # variables of scripts/run
demo=$work/demo
export PYTHONDONTWRITEBYTECODE=1

# Sets luks_key, where there is none. The disk is the first one.
demo_disk() {
    [ "$disk_count" -eq 0 ] || return 0
    say "making a disk"
    luks_key=$demo/secret
    quietly "make the demonstration's disk" "$root/tests/kbs/disk.py" make --key-file "$luks_key" "$demo/disk.img"
    add_disk "$demo/disk.img"
}

# demo_server OPTION...: sets kbs, kbs_ca and kbs_process. The server ends with this process, however that ends: its
# standard input is then at its end. It reads the reference values when it is asked, and not before.
demo_server() {
    quietly "make the demonstration's certificates" "$root/tests/kbs/certificates.py" --output "$demo" 10.0.2.2
    mkfifo "$demo/alive" "$demo/port"
    "$root/tests/kbs/kbs.py" --certificate "$demo/server.pem" --key "$demo/server.key" \
        --anchors "$root/host/refhv/test-trust-anchor.json" --reference "$work/reference.json" \
        --secret "$luks=$luks_key" --until-eof "$@" <"$demo/alive" >"$demo/port" &
    kbs_process=$!
    exec 9>"$demo/alive"
    read -r port <"$demo/port" || die -125 "the demonstration's server did not start (reason above)"
    kbs=https://10.0.2.2:$port kbs_ca=$demo/ca.pem
}

demo_start() {
    mkdir "$demo"
    demo_disk
    eval "demo_server $kbs_options"
}

demo_end() {
    [ -n "$kbs_process" ] || return 0
    kill "$kbs_process" 2>/dev/null || true
    wait "$kbs_process" 2>/dev/null || true
}
