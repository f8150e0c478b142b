# What set-up needs to know about the machine. Sourced; POSIX sh; changes nothing.

say() { printf '%s\n' "$*"; }

# stop <what is wrong> [<line of advice> ...]: one block, then the end.
stop() {
    printf '\norion: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

# as_root <command>: the command as this person would have to type it.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then printf '%s' "$*"
    elif command -v sudo >/dev/null 2>&1; then printf 'sudo %s' "$*"
    elif command -v doas >/dev/null 2>&1; then printf 'doas %s' "$*"
    else printf 'su -c "%s"' "$*"; fi
}

# The package family of this system: apt, dnf, pacman, zypper, apk, or nothing. ORION_OS_RELEASE is for tests.
package_family() {
    release=${ORION_OS_RELEASE:-/etc/os-release}
    ids=
    # os-release is shell syntax by its own definition; a subshell keeps its names out of ours.
    # shellcheck disable=SC1090
    [ -r "$release" ] && ids=$(. "$release" >/dev/null 2>&1; printf '%s %s' "${ID:-}" "${ID_LIKE:-}")
    for id in $ids; do
        case $id in
            debian | ubuntu) printf apt; return ;;
            fedora | rhel | centos | amzn) printf dnf; return ;;
            arch) printf pacman; return ;;
            suse | opensuse* | sles) printf zypper; return ;;
            alpine) printf apk; return ;;
        esac
    done
}

# install_command <package> ...: the one command that installs them here, or nothing where the system is unknown.
install_command() {
    case $(package_family) in
        apt) as_root "apt-get install -y $*" ;;
        dnf) as_root "dnf install -y $*" ;;
        pacman) as_root "pacman -S --needed --noconfirm $*" ;;
        zypper) as_root "zypper --non-interactive install $*" ;;
        apk) as_root "apk add $*" ;;
    esac
}

# how_to_install <words for an unknown system> <package> ...
how_to_install() {
    unknown=$1
    shift
    command_line=$(install_command "$@")
    if [ -n "$command_line" ]; then printf 'Run:  %s' "$command_line"; else printf '%s' "$unknown"; fi
}
