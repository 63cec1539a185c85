#!/bin/bash
# The proxy as a service of systemd: the first client of its socket starts it. Reports NAME=VALUE.
state() {
  systemctl show --value -p "$1" secretfs-proxy.service
}

mkdir -p /etc/secretfs && cp proxy.yaml /etc/secretfs/
cp secretfs-proxy.service secretfs-proxy.socket /etc/systemd/system/
systemctl daemon-reload && systemctl start secretfs-proxy.socket
echo "before=$(state ActiveState)"
modprobe nbd
nbd-client -unix /run/secretfs-proxy/nbd.sock /dev/nbd0 -N data -b 4096
echo 'a letter for the proxy' | dd of=/dev/nbd0 bs=4096 conv=sync,fsync status=none
echo 3 >/proc/sys/vm/drop_caches
echo "letter=$(head -n 1 /dev/nbd0 | tr -d '\0')"
echo "running=$(state ActiveState) $(state SubState) $(state NRestarts)"
pid=$(state MainPID)
echo "core=$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$pid/limits")"
echo "capabilities=$(awk '/^CapEff/ { print $2 }' "/proc/$pid/status")"
echo "locked=$(awk '/^VmLck/ { print $2 }' "/proc/$pid/status")"
nbd-client -d /dev/nbd0
systemctl stop secretfs-proxy.service
echo "stopped=$(state ActiveState) $(state Result)"
[ -S /run/secretfs-proxy/nbd.sock ] && echo "socket=there"
volume=/var/lib/secretfs-proxy/data.img
cryptsetup open --test-passphrase --key-file /var/lib/secretfs-proxy/data.key "$volume" && echo "volume=opens"
echo "letters=$(grep -ac 'letter for the proxy' "$volume")"
journalctl -u secretfs-proxy --no-pager -o cat | tail -n 20
echo all-done
