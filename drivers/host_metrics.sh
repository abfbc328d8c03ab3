#!/bin/sh
# Prints the kernel's counters and sensors, each line after its path, for host_metrics.ts. Deno's permission is for this
# program with any arguments and any environment (docs/decisions/reading-the-kernels-counters.md), so it heeds neither:
# `set`, `exec` and `for` cannot be redefined from outside, and grep starts with an empty environment.
PATH=/usr/bin:/bin

set -- /proc/stat /proc/meminfo /proc/loadavg /proc/net/dev /proc/diskstats
# Two patterns, so that chip 10 comes after chip 9.
for chip in /sys/class/hwmon/hwmon[0-9] /sys/class/hwmon/hwmon[0-9][0-9]; do
  set -- "$@" "$chip"/name "$chip"/temp*_input "$chip"/temp*_label "$chip"/fan*_input "$chip"/fan*_label
done
for zone in /sys/class/thermal/thermal_zone[0-9] /sys/class/thermal/thermal_zone[0-9][0-9]; do
  set -- "$@" "$zone"/type "$zone"/temp
done
# -s: silent about a pattern that found nothing and a sensor that is asleep.
exec env -i grep -asH "" "$@"
