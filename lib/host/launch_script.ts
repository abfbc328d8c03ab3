/**
 * The shell script that starts a driver's process within its limits. It needs `/bin/sh` and a system's usual tools; `nice`
 * is used where there is one.
 *
 * The process gets a `DENO_DIR` of its own, shared by the processes of one daemon and removed with the last one. Deno
 * keeps there what code may write without any permission: `localStorage`, `caches`, and the compiled text of modules
 * imported from `data:` and `blob:`. Plain files stand in place of these folders, so such writes fail, in Workers too.
 * The packages, the compiled library and Deno's own caches are links to the real ones. Files that Deno begins to write
 * for drivers, and cannot complete because of the limit of files, stay in this folder.
 *
 * @module
 */
import { SERIAL_FDS } from "../driver/connection/connect_serial.ts";
import { PROTOCOL_FD, WITH_RELAY } from "./protocol/protocol.ts";

/** In order of preference: the folders in which the processes' `DENO_DIR` may be. */
export const PARENT_FOLDERS = '"${TMPDIR:-/tmp}" /tmp /dev/shm';

/** The folder of a user's caches, where no variable names another. */
const CACHES = Deno.build.os === "darwin" ? "$HOME/Library/Caches" : "${XDG_CACHE_HOME:-$HOME/.cache}";

/** The niceness of driver processes: with more drivers than cores the daemon runs first, as all of them depend on it. */
const NICE = 5;

/** Sets the limits `data` and `files` of {@linkcode LAUNCH_SCRIPT}. */
const LIMITS = `
ulimit -d "$data"
# If the machine runs out of memory, the kernel ends a driver's process and not the daemon.
{ echo 500 >/proc/self/oom_score_adj; } 2>/dev/null
# A kernel that shares the cores out to sessions compares a process's niceness only inside of its session.
{ echo ${NICE} >/proc/self/autogroup; } 2>/dev/null
if [ "$files" = 0 ]; then
  # Writing to a file then fails instead of ending the process. Pipes have no limit.
  trap '' XFSZ
  ulimit -f 0
fi
`;

/**
 * The arguments of the script: the name of the folder, the limits of the data segment (KiB) and of files (`0` or
 * `unlimited`), the paths of the library and of the main module, the relay of serial ports and those that it may open
 * (JSON, or nothing), and the command. Files are not limited for what may write or run programs.
 *
 * The relay ends with the process, because its stdin ends then.
 */
export const LAUNCH_SCRIPT = `
name=$1 data=$2 files=$3 library=$4 main=$5 relay=$6 serial=$7
shift 7
# In a subshell, with the system's tools whatever the daemon's PATH is.
make() (
  folder=$1
  shift
  PATH=/usr/bin:/bin:$PATH
  umask 077
  [ -d "\${folder%/*}" ] && mkdir -p "$folder/gen" || exit
  [ -n "$HOME" ] || HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  real=\${DENO_DIR:-${CACHES}/deno}
  case $real in /*) ;; *) real=$PWD/$real ;; esac
  mkdir -p "$real/gen/file$library" "$real/npm" "$folder/gen/file\${library%/*}"
  for file in location_data gen/data gen/blob; do : >"$folder/$file"; done
  ln -sn "$real/gen/file$library" "$folder/gen/file$library"
  (
    set -- "$real/npm"
    for it in "$real"/*_cache_v*[0-9]; do [ -e "$it" ] && set -- "$@" "$it"; done
    exec ln -s "$@" "$folder/"
  )
  # The limit of files would keep the compiled library out of the caches: compile it once. Deno does not write again what is
  # the same, such as after a checkout.
  case $main in
    *.ts) compiled=$real/gen/file$main.js ;;
    *) compiled=$main.compiled && [ -w "\${main%/*}" ] || compiled= ;;
  esac
  [ -z "$compiled" ] || [ "$compiled" -nt "$main" ] || {
    "$@" </dev/null ${PROTOCOL_FD}>&1 >/dev/null | cat
    case $main in *.ts) touch -c "$compiled" ;; *) : >"$compiled" ;; esac
  } >/dev/null &
  nice=$(command -v nice)
  echo "\${nice:+$nice -n ${NICE}}" >"$folder/launch.$$"
  mv "$folder/launch.$$" "$folder/launch"
) 2>/dev/null
for parent in ${PARENT_FOLDERS}; do
  folder=$parent/$name
  [ -e "$folder/launch" ] || make "$folder" "$@" && break
  folder=
done
if [ -z "$folder" ]; then
  echo "error: Cannot make a folder in \${TMPDIR:-/tmp}, /tmp or /dev/shm: a driver's process needs one that it may write to" >&2
  exit 1
fi
read -r launch <"$folder/launch"
export DENO_DIR="$folder"
# A proxy of the environment does not reach this machine: drivers connect to it directly.
export NO_PROXY="127.0.0.1,127.0.0.0/8,localhost,::1,\${no_proxy:-$NO_PROXY}"
export no_proxy="$NO_PROXY"
${LIMITS}
if [ -n "$serial" ] && python=$(PATH=$PATH:/usr/bin:/bin command -v python3); then
  to=$folder/to.$$ from=$folder/from.$$
  (PATH=/usr/bin:/bin:$PATH; umask 077; mkfifo "$to" "$from")
  $launch "$python" -I -S "$relay" "$serial" <"$to" >"$from" &
  exec ${SERIAL_FDS.to}>"$to" ${SERIAL_FDS.from}<"$from"
  (PATH=/usr/bin:/bin:$PATH; rm -f "$to" "$from")
  set -- "$@" ${WITH_RELAY}
fi
exec $launch "$@" ${PROTOCOL_FD}>&1 1>&2
`;

/**
 * Starts another program that runs drivers, within the same limits. Its arguments: the limits of the data segment and of
 * files, and the command.
 */
export const HOST_SCRIPT = `
data=$1 files=$2
shift 2
command -v "$1" >/dev/null || {
  echo "error: Cannot find the program $1" >&2
  exit 127
}
${LIMITS}
nice=$(command -v nice)
exec \${nice:+$nice -n ${NICE}} "$@" ${PROTOCOL_FD}>&1 1>&2
`;
