#!/bin/bash
# build-root.sh OUT: makes OUT/root.ext4, OUT/vmlinuz and OUT/initrd, a Debian 12 cloud machine
# without the product. The product comes on a second disk with the label secretfs-dist.
# Changing anything in this file makes a new image: the cache is keyed by its hash.
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
out=$1
root=$out/root
packages=systemd,systemd-sysv,udev,dbus,kmod,util-linux,iproute2,ifupdown,isc-dhcp-client,netbase,lz4
packages+=,ca-certificates,initramfs-tools,linux-image-cloud-amd64,cloud-init
packages+=,cryptsetup-bin,e2fsprogs,xfsprogs,fuse3,libfuse3-3,lvm2,mdadm,nvme-cli,nbd-client

# Software emulation makes every process dear: the initial RAM disk holds only what finds the root
# disk, and cloud-init runs only the modules that a boot with user data needs.
initramfs='
  mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/etc/initramfs-tools/hooks"
  printf "MODULES=list\nCOMPRESS=lz4\nFSTYPE=ext4\n" >"$1/etc/initramfs-tools/conf.d/machine"
  printf "#!/bin/sh\n[ \"\$1\" = prereqs ] && exit\n. /usr/share/initramfs-tools/hook-functions\n%s\n" \
    "manual_add_modules virtio_pci virtio_blk ext4" >"$1/etc/initramfs-tools/hooks/machine"
  chmod 755 "$1/etc/initramfs-tools/hooks/machine"'

mmdebstrap --variant=minbase --include="$packages" --essential-hook="$initramfs" \
  --dpkgopt=path-exclude=/usr/share/doc/* --dpkgopt=path-exclude=/usr/share/man/* \
  --dpkgopt=path-exclude=/usr/share/locale/* \
  --dpkgopt=path-exclude=/usr/share/initramfs-tools/*/nbd* \
  bookworm "$root"

printf '%s\n' 'LABEL=secretfs-dist /opt/secretfs ext4 ro,nofail 0 0' >"$root/etc/fstab"
mkdir -p "$root/opt/secretfs"
echo machine >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 machine\n' >"$root/etc/hosts"
: >"$root/etc/machine-id"
cat >"$root/etc/cloud/cloud.cfg.d/90-machine.cfg" <<'END'
datasource_list: [ Ec2, None ]
cloud_init_modules: [ bootcmd, write-files, update_hostname ]
cloud_config_modules: [ runcmd ]
cloud_final_modules: [ scripts-user ]
END
for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service \
  fstrim.timer dpkg-db-backup.timer mdmonitor.service mdcheck_start.timer lvm2-monitor.service \
  cloud-init-hotplugd.socket getty@.service serial-getty@.service systemd-timesyncd.service \
  systemd-pcrphase.service systemd-update-utmp.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

# With init=/sbin/cargo a machine runs a script of a test's instead of systemd: the disk with the
# serial number "cargo" is a tar archive with the script "run".
cat >"$root/sbin/cargo" <<'END'
#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
for serial in /sys/block/vd*/serial; do
  [ "$(cat "$serial")" = cargo ] && disk=$(basename "$(dirname "$serial")")
done
mkdir -p /run/cargo && tar -x -C /run/cargo -f "/dev/$disk" && cd /run/cargo
bash ./run </dev/null >/dev/ttyS1 2>&1
echo "cargo-exit=$?" >/dev/ttyS1
sync
echo o >/proc/sysrq-trigger
sleep 60
END
chmod 755 "$root/sbin/cargo"

cp -L "$root"/boot/vmlinuz-* "$out/vmlinuz"
cp -L "$root"/boot/initrd.img-* "$out/initrd"
truncate -s 1G "$out/root.ext4"
mkfs.ext4 -q -F -L root -d "$root" "$out/root.ext4"
rm -rf "$root"
