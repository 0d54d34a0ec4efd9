# bash completion for realserverctl(1). Commands and options are what its --help says; roles are those
# of the running daemon or, where none answers, the files in conf.d. CLI11 2.5 writes SUBCOMMANDS: where
# older ones write Subcommands:, and the short names of options in a column of their own.
# shellcheck shell=bash

_realserverctl_roles() { # PROGRAM
    local file roles
    roles=$("$1" status --json 2>/dev/null | grep -oE '"name": *"[^"]+"' | cut -d '"' -f 4)
    if [ -z "$roles" ]; then
        for file in "${REALSERVERD_CONFIG:-/etc/realserverd}"/conf.d/*.toml; do
            [ ! -e "$file" ] || roles+=" $(basename "$file" .toml)"
        done
    fi
    printf '%s\n' "$roles"
}

_realserverctl() {
    local program=$1 current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local i command='' elsewhere='' help words=''
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -H | --host) elsewhere=yes; ((i++)) ;;
            --color) ((i++)) ;;
            -*) ;;
            *) command=${COMP_WORDS[i]}; break ;;
        esac
    done
    [ "$current" != = ] || current='' # --color=, which bash cuts at the sign
    [ "$previous" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}

    help=$("$program" ${command:+"$command"} --help 2>/dev/null)
    case $previous in
        -H | --host)
            [[ $(type -t _known_hosts_real) != function ]] || _known_hosts_real -- "$current"
            return
            ;;
        --color) words='auto always never' ;;
        --format) words='keepalived ipvsadm ldirectord' ;;
        --check) words='http misc' ;;
        --config) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
        --timeout | --rip) return ;;
        *)
            if [[ $current == -* ]]; then
                words=$(grep -oE '^ +(-[a-zA-Z], *)?--[a-z-]+' <<<"$help" | grep -oE -e '--[a-z-]+')
            elif [ -z "$command" ]; then
                words=$(sed -nE '/^(sub)?commands:$/I,/^$/s/^  ([a-z-]+) .*/\1/p' <<<"$help")
            elif grep -q '^  DIR ' <<<"$help"; then
                mapfile -t COMPREPLY < <(compgen -d -- "$current")
                return
            elif [ -z "$elsewhere" ] && grep -q '^  ROLE ' <<<"$help"; then
                words=$(_realserverctl_roles "$program")
            fi
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _realserverctl realserverctl
