#!/bin/bash
# forward.sh PORT: joins its stdin and stdout to 127.0.0.1:PORT until either side ends.
# QEMU starts one per connection of the guest, so no port of the host has to be a fixed one.
exec 3<>"/dev/tcp/127.0.0.1/$1" 4<&0 || exit 1
cat <&3 & reader=$!
cat <&4 >&3 & writer=$!
wait -n
kill "$reader" "$writer" 2>/dev/null
