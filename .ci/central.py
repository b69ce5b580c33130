"""Checks a folder of modules by what Maven Central requires: central.py FOLDER VERSION"""

import hashlib
import pathlib
import sys
import xml.etree.ElementTree
import zipfile

NAMESPACE = "{http://maven.apache.org/POM/4.0.0}"
MODULES = ["mcp-session-kit-bom", "reference-server", "conformance-tests", "conformance-runner"]

# Whoever depends on one of these gets nothing else: what it needs is in the jar.
SHADED = MODULES[1:]


def main():
    folder, version = pathlib.Path(sys.argv[1]), sys.argv[2]
    complaints = []
    found = sorted(each.name for each in folder.iterdir())
    if found != sorted(MODULES):
        complaints.append(f"expected the modules {MODULES} but found {found}")
    for module in found:
        complaints += [f"{module}: {each}" for each in check(folder / module / version, module, version)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(1)
    print(f"complete: {', '.join(found)}")


def read(pom):
    return xml.etree.ElementTree.parse(pom).getroot()


def check(folder, module, version):
    base = f"{module}-{version}"
    pom = read(folder / f"{base}.pom")
    yield from described(pom)
    for element in ["parent", "dependencies", "build"]:
        if pom.find(NAMESPACE + element) is not None and module in SHADED:
            yield f"the pom has {element}"
    for dependency in pom.iter(f"{NAMESPACE}version"):
        if "SNAPSHOT" in (dependency.text or ""):
            yield f"the pom names {dependency.text}"
    if pom.find(f"{NAMESPACE}repositories") is not None:
        yield "the pom names repositories"
    if pom.findtext(f"{NAMESPACE}packaging", "jar") == "jar":
        for kind in ["", "-sources", "-javadoc"]:
            jar = folder / f"{base}{kind}.jar"
            if not jar.exists():
                yield f"has no {jar.name}"
            elif not any(not name.endswith("/") for name in names(jar)):
                yield f"{jar.name} is empty"
        if "META-INF/LICENSE" not in names(folder / f"{base}.jar"):
            yield "the jar has no licence"
    if module in SHADED:
        jar = folder / f"{base}.jar"
        for entry in ["META-INF/THIRD-PARTY.txt", "META-INF/sbom/bom.json"]:
            if entry not in names(jar):
                yield f"{jar.name} has no {entry}"
    for file in folder.iterdir():
        if file.suffix not in (".md5", ".sha1", ".sha256", ".sha512") and not file.name.startswith("maven-metadata"):
            yield from checksums(file)


def names(jar):
    return zipfile.ZipFile(jar).namelist() if jar.exists() else []


def described(pom):
    def value(path):
        path = "/".join(NAMESPACE + step for step in path.split("/"))
        return (pom.findtext(path) or "").strip()

    for own in ["artifactId", "name", "description"]:
        if not (pom.findtext(NAMESPACE + own) or "").strip():
            yield f"the pom has no {own} of its own"
    for path in [
        "groupId",
        "version",
        "url",
        "licenses/license/name",
        "licenses/license/url",
        "developers/developer/name",
        "scm/connection",
        "scm/developerConnection",
        "scm/url",
    ]:
        if not value(path):
            yield f"the pom has no {path}"


def checksums(file):
    for algorithm in ["md5", "sha1"]:
        beside = file.with_name(f"{file.name}.{algorithm}")
        wanted = hashlib.new(algorithm, file.read_bytes()).hexdigest()
        if not beside.exists() or beside.read_text().strip() != wanted:
            yield f"{file.name} has no right {algorithm}"


main()
