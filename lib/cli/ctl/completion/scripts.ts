/** The shells that have a script. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A shell with completion. */
export type Shell = typeof SHELLS[number];

/**
 * The script by which a shell completes `ctl` and `deno task ctl`.
 *
 * @param ask The command that prints the candidates for the words behind it, as the shell reads it.
 */
export function scriptOf(shell: Shell, ask: string): string {
  return { bash, zsh, fish }[shell](ask);
}

/** Written for bash 3.2, which macOS has. */
const bash = (ask: string) =>
  `# Completes LabDaemon's ctl in bash.
_labdaemon_ctl() {
  local line="\${COMP_LINE:0:COMP_POINT}" words at=0 found
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  while (( at < \${#words[@]} )) && [[ "\${words[at]}" != ctl ]]; do (( at += 1 )); done
  if (( at + 1 >= \${#words[@]} )); then
    [[ -n "$_labdaemon_others" ]] && "$_labdaemon_others" "$@"
    return
  fi
  COMPREPLY=()
  while IFS= read -r found; do
    COMPREPLY+=("\${found%%$'\\t'*}")
  done < <(${ask} "\${words[@]:at+1}" 2>/dev/null)
}
# What completes deno otherwise goes on to do so.
if [[ "$(complete -p deno 2>/dev/null)" =~ -F\\ ([^ ]+) && "\${BASH_REMATCH[1]}" != _labdaemon_ctl ]]; then
  _labdaemon_others="\${BASH_REMATCH[1]}"
fi
complete -o bashdefault -o default -F _labdaemon_ctl ctl deno`;

const zsh = (ask: string) =>
  `#compdef ctl deno
# Completes LabDaemon's ctl in zsh.
_labdaemon_ctl() {
  local at=\${words[(i)ctl]} line
  local -a given found
  if (( at >= CURRENT )); then
    if (( $+functions[_deno] )); then _deno "$@"; else _files; fi
    return
  fi
  given=("\${(@)words[at+1,CURRENT-1]}" "$PREFIX")
  for line in "\${(@f)$(${ask} "\${(@)given[-(CURRENT-at),-1]}" 2>/dev/null)}"; do
    [[ -n "$line" ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#found )); then _describe 'ctl' found; else _files; fi
}
compdef _labdaemon_ctl ctl deno`;

const fish = (ask: string) =>
  `# Completes LabDaemon's ctl in fish, in place of the script for deno, which takes away all others.
deno completions fish | source
function __labdaemon_ctl
    set -l given (commandline -opc)
    set -l at (contains -i ctl $given); or return
    set -e given[1..$at]
    set -l last (commandline -ct)
    set -l found (${ask} $given "$last" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path "$last"
    end
end
complete -c ctl -f -a '(__labdaemon_ctl)'
complete -c deno -n 'contains ctl (commandline -opc)' -f -a '(__labdaemon_ctl)'`;
