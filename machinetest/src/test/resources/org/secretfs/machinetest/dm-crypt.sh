#!/bin/bash
# Runs the jobs of the file "jobs", two at a time, and reports a line for each:
#   job NAME done RESULT | job NAME failed WHY | job NAME lacks MODULE
# A line of the file: NAME WAY CIPHER DATA HEADER SKIP BLOCKS OPTION...; a device is SERIAL:PARTITION,
# HEADER may be "-". SKIP and BLOCKS are a part of the disk "pattern", in 4096 bytes.
# udev ended with the initial RAM disk: nobody waits for it, and device-mapper makes its own nodes.
rm -rf /run/udev
export DM_DISABLE_UDEV=1
declare -A disks
for serial in /sys/block/vd*/serial; do
  disks[$(cat "$serial")]=/dev/$(basename "$(dirname "$serial")")
done

luks() {
  local action=$1
  shift
  cryptsetup "$action" --batch-mode --key-file key "$@"
}

sum() {
  sha256sum <"/dev/mapper/$name" | cut -d' ' -f1
}

# Made by us: what is in it? The last thing told is the kernel's table.
job_read() {
  luks open "${place[@]}" "$data" "$name" && echo "$(sum) $(dmsetup table "$name")" && cryptsetup close "$name"
}

job_make() {
  luks luksFormat "${options[@]}" "${place[@]}" "$data" &&
    luks open "${place[@]}" "$data" "$name" &&
    dd if="${disks[pattern]}" of="/dev/mapper/$name" bs=4096 skip="$skip" count="$blocks" conv=fsync status=none &&
    cryptsetup close "$name" && echo made
}

# The second half of the data takes no writes: what rewrites it is interrupted there.
half() {
  local sectors begin
  sectors=$(blockdev --getsz "$data")
  begin=$((sectors - blocks * 4 + 24))
  dmsetup create "$name-half" --table "0 $begin linear $data 0
$begin $((sectors - begin)) flakey $data $begin 0 1 1 error_writes"
}

# Gone even where cryptsetup left it suspended after the failure.
remove() {
  local mapping
  for mapping; do
    [ ! -e "/dev/mapper/$mapping" ] || dmsetup remove --force --retry "$mapping" || return 1
  done
}

job_begin() {
  half || return 1
  if luks reencrypt "${options[@]}" "${place[@]}" "/dev/mapper/$name-half"; then
    echo 'was not interrupted'
    return 1
  fi
  remove "$name-half" && echo interrupted
}

# The same while the volume is open, and written to meanwhile: with what is there already.
job_online() {
  half && luks open "${place[@]}" "/dev/mapper/$name-half" "$name" || return 1
  until [ -e "$name.enough" ]; do
    dd if="${disks[pattern]}" of="/dev/mapper/$name" bs=4096 skip="$skip" count=16 conv=fsync status=none
    sleep 0.02
  done 2>/dev/null &
  local ended
  luks reencrypt "${options[@]}" "${place[@]}" --active-name "$name"
  ended=$?
  touch "$name.enough"
  remove "$name" "$name-overlay" "$name-hotzone-forward" "$name-hotzone-backward" "$name-half" || return 1
  wait
  [ "$ended" != 0 ] && echo interrupted
}

job_finish() {
  luks reencrypt --resume-only "${place[@]}" "$data" && job_read
}

# The first part of the cipher that this kernel has not.
lacking() {
  local part
  for part in ${cipher//[-:]/ }; do
    case $part in plain*) continue ;; esac
    grep -q "^name *: $part$" /proc/crypto || modprobe -q "crypto-$part" || { echo "$part"; return; }
  done
}

work() {
  local name way cipher data header skip blocks options place result
  while read -r name way cipher data header skip blocks options; do
    read -ra options <<<"$options"
    data=${disks[${data%:*}]}${data#*:}
    place=()
    [ "$header" = - ] || place=(--header "${disks[${header%:*}]}${header#*:}")
    if result=$("job_$way" 2>&1); then
      echo "job $name done $(tail -n 1 <<<"$result")"
    elif lack=$(lacking) && [ -n "$lack" ]; then
      echo "job $name lacks $lack"
    else
      echo "job $name failed $(tr '\n' '|' <<<"$result")"
    fi
  done
}

# Makes the node of device-mapper, which two at once would stumble over.
modprobe -q dm-mod
dmsetup version >/dev/null
work < <(sed -n 'p;n' jobs) &
work < <(sed -n 'n;p' jobs)
wait
