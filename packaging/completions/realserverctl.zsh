#compdef realserverctl
# zsh completion for realserverctl(1). Commands and options are what its --help says; roles are those
# of the running daemon or, where none answers, the files in conf.d. CLI11 2.5 writes SUBCOMMANDS: where
# older ones write Subcommands:, and the short names of options in a column of their own.

_realserverctl_roles() { # PROGRAM
    local -a roles
    roles=(${(f)"$($1 status --json 2>/dev/null | grep -oE '"name": *"[^"]+"' | cut -d '"' -f 4)"})
    (($#roles)) || roles=(${REALSERVERD_CONFIG:-/etc/realserverd}/conf.d/*.toml(N:t:r))
    compadd -- $roles
}

_realserverctl() {
    local program=$words[1] command='' elsewhere='' help line
    local -a described
    integer i
    for ((i = 2; i < CURRENT; i++)); do
        case $words[i] in
            -H|--host) elsewhere=yes; ((i++)) ;;
            --color) ((i++)) ;;
            -*) ;;
            *) command=$words[i]; break ;;
        esac
    done

    help=$($program $command --help 2>/dev/null)
    compset -P '--[a-z]##=' # --color=
    case ${${IPREFIX%=}:-$words[CURRENT-1]} in
        -H|--host) _hosts; return ;;
        --color) compadd auto always never; return ;;
        --format) compadd keepalived ipvsadm ldirectord; return ;;
        --check) compadd http misc; return ;;
        --config) _directories; return ;;
        --timeout|--rip) return 1 ;;
    esac
    if [[ $PREFIX == -* ]]; then
        for line in ${(f)"$(grep -E '^ +(-[a-zA-Z], *)?--' <<<$help)"}; do
            [[ $line =~ '(--[a-z-]+)[^ ]*( [A-Z]+)? *(.*)$' ]] && described+=("$match[1]:$match[3]")
        done
        _describe option described -o
    elif [[ -z $command ]]; then
        for line in ${(f)"$(sed -nE '/^(sub)?commands:$/I,/^$/s/^  ([a-z-]+ .*)/\1/p' <<<$help)"}; do
            described+=("${line%% *}:${line#* ##}")
        done
        _describe command described
    elif grep -q '^  DIR ' <<<$help; then
        _directories
    elif [[ -z $elsewhere ]] && grep -q '^  ROLE ' <<<$help; then
        _realserverctl_roles $program
    fi
}

_realserverctl "$@"
