#!/bin/bash
# Runs at the end of every boot and reports to the second serial line, one fact per line.
exec >/dev/ttyS1 2>&1
start=$(cut -d' ' -f1 /proc/uptime)
/opt/secretfs/bin/secretfs up --verbose
echo "up-exit=$?"
echo "up began at $start s and ended at $(cut -d' ' -f1 /proc/uptime) s"
source=$(findmnt -n -o SOURCE /mnt/secretfs)
echo "mounted=${source:-nothing}"
echo "table=$(dmsetup table --target crypt)"
[ -n "$source" ] || exit 0
if [ -e /mnt/secretfs/letter ]; then
  echo "letter=$(cat /mnt/secretfs/letter)"
else
  echo "letter=none"
fi
echo 'a letter to read' >/mnt/secretfs/letter && sync -f /mnt/secretfs/letter && echo written
/opt/secretfs/bin/secretfs status --json | tr -d '\n'
echo
