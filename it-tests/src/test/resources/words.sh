#!/bin/sh
# Reads a transcript on stdin, runs each command that stands behind "$ " in it, and prints the transcript as it is today. Comments and empty lines stay.
# It is process 1 of the container of WordsTest, and nothing else may be: it removes account files and homes.
set -u
[ $$ -eq 1 ] || exit 1

readonly COMMANDS=/opt/stepdown/bin:/usr/sbin:/usr/bin:/sbin:/bin
readonly SAVED=/run/words
readonly OUTPUT=/run/words.out
readonly ERRORS=/run/words.err

# Whatever the command before has changed is as it was; cp gives /etc its mode back, too.
reset() {
    # shellcheck disable=SC2114 # they are the container's
    rm -rf /etc/passwd /etc/group /etc/.pwd.lock /etc/.account.stepdown /etc/ld.so.conf.d /home /srv
    cp -a "$SAVED/." /etc
    chmod 755 /opt/stepdown /opt/stepdown/bin/stepdown
    mkdir -m 755 /home /srv /srv/app
    : >/srv/app/file
}

# Without SYS_ADMIN, which the container has for those commands alone that speak of it: they mount something, or show what is said of it.
run() {
    case $1 in
        *sys_admin*) env -i PATH="$COMMANDS" HOME=/root sh -c "$1" ;;
        *) setpriv --bounding-set -sys_admin env -i PATH="$COMMANDS" HOME=/root sh -c "$1" ;;
    esac </dev/null >"$OUTPUT" 2>"$ERRORS"
}

# The one thing that both flavours call differently is themselves: one is a folder, the other a file.
show() {
    sed "s#stepdown itself is in /opt/stepdown/bin/stepdown,#stepdown itself is in /opt/stepdown,#; s/^/$1/" "$2"
}

mkdir "$SAVED"
cp -a /etc/passwd /etc/group /etc/ld.so.conf.d "$SAVED"
while IFS= read -r line; do
    case $line in
        '$ '*)
            reset
            run "${line#??}"
            status=$?
            printf '%s\n' "$line"
            show '' "$OUTPUT"
            show '! ' "$ERRORS"
            echo "= $status"
            ;;
        '' | '#'*) printf '%s\n' "$line" ;;
    esac
done
