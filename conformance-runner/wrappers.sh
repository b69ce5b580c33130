#!/usr/bin/env bash
# Packs the npm and the PyPI package around the jar that was built, installs each into a folder of its own, and runs it;
# and runs what the jbang catalogue names, from a Maven repository that is made here:
#
#   wrappers.sh         packs into conformance-runner/target/wrappers, and tries all three
#
# The packages are not released; this makes what would be. Needs Node.js with npm, Python 3 with venv, and Maven.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
jar=$PWD/target/mcp-session-conformance.jar
[[ -f $jar ]] || { echo "build the jar first: mvn -q -DskipTests package" >&2; exit 1; }
out=$PWD/target/wrappers
rm -rf "$out"
mkdir -p "$out"

# Runs a command, which must end with a status and say some text.
expect() {
    local wanted=$1 text=$2 said status=0
    shift 2
    said=$("$@" 2>&1) || status=$?
    if [[ $status != "$wanted" || $said != *"$text"* ]]; then
        printf 'expected status %s and "%s", but got %s from %s:\n%s\n' "$wanted" "$text" "$status" "$*" "$said" >&2
        exit 1
    fi
    echo "status $status  ${*/#$out\//}"
}

cp -r npm pypi "$out"
cp ../LICENSE "$out/npm"
cp ../LICENSE "$out/pypi"
cp "$jar" "$out/npm"
cp "$jar" "$out/pypi/mcp_session_conformance"

(cd "$out/npm" && npm pack --silent --pack-destination "$out" > /dev/null)
mkdir "$out/node"
npm install --silent --no-audit --no-fund --prefix "$out/node" "$out"/mcp-session-conformance-*.tgz
node=$out/node/node_modules/.bin/mcp-session-conformance
expect 0 mcp-session-conformance "$node" --version
expect 0 Conforms "$node" --rule termination/post-404
expect 2 "no-such" "$node" --no-such
expect 2 "needs Java 17 or newer, and finds none" env -u JAVA_HOME PATH="$out/none" "$(command -v node)" "$node"

python3 -m venv "$out/venv"
"$out/venv/bin/pip" install -q --disable-pip-version-check build
"$out/venv/bin/python" -m build -q --wheel --outdir "$out" "$out/pypi" > /dev/null
"$out/venv/bin/pip" install -q --disable-pip-version-check "$out"/mcp_session_conformance-*.whl
python=$out/venv/bin/mcp-session-conformance
expect 0 mcp-session-conformance "$python" --version
# Without a Java on the path: it is the one that the package brings.
expect 0 Conforms env -u JAVA_HOME PATH="$out/none" "$python" --rule termination/post-404
expect 2 "no-such" "$python" --no-such
# jbang, from Maven Central. Its POM there names an older Gson than jbang is built with, with which every catalogue is
# empty; so the newer one comes first.
mkdir "$out/jbang"
cat > "$out/jbang/pom.xml" << 'XML'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>wrappers</groupId>
  <artifactId>jbang</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>dev.jbang</groupId>
      <artifactId>jbang-cli</artifactId>
      <version>0.132.1</version>
    </dependency>
    <dependency>
      <groupId>com.google.code.gson</groupId>
      <artifactId>gson</artifactId>
      <version>2.13.2</version>
    </dependency>
  </dependencies>
</project>
XML
mvn -q -B -f "$out/jbang/pom.xml" -DoutputDirectory="$out/jbang/lib" \
    org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies
# The versions that the catalogue names, as they will be on Maven Central.
publish() {
    local module=$1 pom=$2 file=$3 version to
    version=$(sed -n "s/.*\"dev.mcpsession:$module:\(.*\)\".*/\1/p" jbang-catalog.json)
    to=$out/maven/dev/mcpsession/$module/$version
    mkdir -p "$to"
    sed "0,/<version>/s|<version>.*</version>|<version>$version</version>|" "$pom" > "$to/$module-$version.pom"
    cp "$file" "$to/$module-$version.jar"
}
publish conformance-runner target/published-pom.xml "$jar"
publish reference-server ../reference-server/shaded/target/published-pom.xml \
    ../reference-server/shaded/target/reference-server-[0-9]*[0-9T].jar
# jbang prints the command that its start script is to run, and ends with status 255.
jbang() {
    local command status=0
    command=$(JBANG_DIR=$out/jbang/home JBANG_REPO=$out/jbang/repository \
        java -cp "$out/jbang/lib/*" dev.jbang.Main run --repos "kit=file://$out/maven" "$@") || status=$?
    [[ $status == 255 ]] || return "$status"
    eval "$command"
}
expect 0 mcp-session-conformance jbang mcp-session-conformance --version
expect 0 Conforms jbang mcp-session-conformance --rule termination/post-404
expect 2 "no-such" jbang mcp-session-conformance --no-such
expect 0 "--idle-timeout" jbang mcp-reference-server serve --help
ls -l "$out"/*.tgz "$out"/*.whl
