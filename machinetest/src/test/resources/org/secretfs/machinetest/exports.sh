#!/bin/bash
# Uses a proxy's exports as their guest: "root" is where it booted from, "data" is a disk, "net" is
# for the kernel's own NBD client. Reports facts as NAME=VALUE, one a line.
letter='a letter that only the guest may read'
host=169.254.169.254
stty -F /dev/ttyS1 -echo
modprobe -a virtio_net nbd
card=$(ls -I lo /sys/class/net)
ip address add 169.254.169.15/24 dev "$card" && ip link set "$card" up

device() {
  local serial
  serial=$(grep -lx "$1" /sys/block/vd*/serial) && basename "${serial%/serial}"
}

# What is on a device, for whoever only sees the device.
look() {
  echo "$1=$(lsblk -dn -o TYPE "/dev/$2") $(blkid -p -s TYPE -o value "/dev/$2")"
}

fill() {
  mkdir -p "$2" && echo "$letter" >"$2/letter" && head -c 4M /dev/urandom >"$2/noise" && sync || return
  (cd "$2" && sha256sum letter noise >"/run/$1.sums")
  echo "noise-$1=$(sha256sum <"$2/noise" | cut -d' ' -f1)"
}

# A file system on a device.
use() {
  mkdir -p "/mnt/$1" && mkfs.ext4 -q -F "/dev/$2" && mount "/dev/$2" "/mnt/$1" && look "$1" "$2" && fill "$1" "/mnt/$1"
}

# Durable writes, one after the other, until the host says that it is enough.
keep_writing() {
  local n=0
  cd "$2" || return
  until [ -e /run/enough ]; do
    n=$((n + 1))
    head -c 64k /dev/urandom >"part$n" && sync "part$n" && sha256sum "part$n" >>"/run/$1.sums" || break
    echo "wrote-$1=$n"
    sleep 0.1
  done
}

verify() {
  sync && echo 3 >/proc/sys/vm/drop_caches
  (cd "$2" && sha256sum --quiet -c "/run/$1.sums") && echo "verified-$1=$(wc -l <"/run/$1.sums")"
}

look root "$(device root)"
echo "mounted-root=$(findmnt -n -o SOURCE,FSTYPE /) $(cat "/sys/block/$(device root)/ro")"
fill root /var/letters
use data "$(device data)"
nbd-client -N net "$host" 10809 /dev/nbd0 -b 4096 && use net nbd0
echo && echo "mappings=$(dmsetup ls)"

keep_writing root /var/letters &
keep_writing data /mnt/data &
keep_writing net /mnt/net &
read -r </dev/ttyS1 && touch /run/enough
wait
verify root /var/letters
verify data /mnt/data
verify net /mnt/net
umount /mnt/net && nbd-client -d /dev/nbd0
umount /mnt/data
mount -o remount,ro / && echo all-done
