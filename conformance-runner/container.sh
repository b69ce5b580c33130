#!/usr/bin/env bash
# Builds the image of the Dockerfile with buildah, which needs no daemon, and runs it. No image is loaded: the Java
# below it is made here, of the JDK that runs this (jlink) and the system libraries that it needs. Needs root on
# Linux, a JDK, and the jar: mvn -q -DskipTests package
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[[ -f target/mcp-session-conformance.jar ]] || { echo "build the jar first: mvn -q -DskipTests package" >&2; exit 1; }
out=$PWD/target/container
# The store may hold mounts of a run that was ended.
rm -rf --one-file-system "$out"
mkdir -p "$out/jre/usr/bin" "$out/jre/opt" "$out/jre/tmp" "$out/jre/etc"
chmod 1777 "$out/jre/tmp"

buildah() {
    command buildah --storage-driver vfs --root "$out/store" --runroot "$out/run" "$@"
}

jlink --output "$out/jre/opt/java" --strip-debug --no-header-files --no-man-pages \
    --add-modules java.se,jdk.crypto.ec,jdk.jfr,jdk.unsupported,jdk.zipfs
ln -s /opt/java/bin/java "$out/jre/usr/bin/java"
# Libraries of the system, where the loader looks for them; those of Java itself are in its own folder.
find "$out/jre/opt/java" -name '*.so' -o -name java -type f | LD_LIBRARY_PATH=$out/jre/opt/java/lib xargs ldd 2> /dev/null \
    | grep -oE '/[^ ]+\.so[^ ]*' | grep -vF "$out" | sort -u | while IFS= read -r library; do
        mkdir -p "$out/jre$(dirname "$library")"
        cp -L "$library" "$out/jre$library"
    done
printf 'FROM scratch\nCOPY . /\n' > "$out/Dockerfile"
buildah build --quiet --isolation chroot --tag jre --file "$out/Dockerfile" "$out/jre" > /dev/null
buildah build --quiet --isolation chroot --build-arg JRE=localhost/jre --tag mcp-session-conformance . > /dev/null

container=$(buildah from --pull-never localhost/mcp-session-conformance)
read -r -a entry <<< "$(buildah inspect --type image --format '{{range .OCIv1.Config.Entrypoint}}{{.}} {{end}}' \
    localhost/mcp-session-conformance)"
mkdir -m 777 "$out/reports"

# Runs the image's command, which must end with a status and say some text.
expect() {
    local wanted=$1 text=$2 said status=0
    shift 2
    said=$(buildah run --isolation chroot --volume "$out/reports:/reports" "$container" -- "${entry[@]}" "$@" 2>&1) || status=$?
    if [[ $status != "$wanted" || $said != *"$text"* ]]; then
        printf 'expected status %s and "%s", but got %s from %s:\n%s\n' "$wanted" "$text" "$status" "$*" "$said" >&2
        exit 1
    fi
    echo "status $status  ${entry[*]} $*"
}

expect 0 mcp-session-conformance --version
expect 0 Conforms --rule termination/post-404 --html report.html
expect 2 no-such --no-such
grep -q '</html>' "$out/reports/report.html" || { echo "no report was written" >&2; exit 1; }
[[ $(stat -c %u "$out/reports/report.html") == 65534 ]] || { echo "the report is not written by user 65534" >&2; exit 1; }
