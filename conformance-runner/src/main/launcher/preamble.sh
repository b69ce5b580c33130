#!/bin/sh
# The jar starts with this, so that a shell can run it: an archive is read from its end. Most of a run is the start of the
# virtual machine, for which its second compiler costs more than it saves.
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:TieredStopAtLevel=1 -jar "$0" "$@"
