#!/bin/sh
# The jar starts with this, so that a shell can run it: an archive is read from its end. Most of a run is the start of the
# virtual machine, for which its second compiler costs more than it saves. A class archive beside the jar (see README)
# saves more; one that does not fit the jar or the virtual machine is ignored without a word.
classes="${0%.jar}.jsa"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:TieredStopAtLevel=1 \
    "-XX:SharedArchiveFile=$classes" -Xshare:auto -Xlog:cds=off -Xlog:cds+dynamic=off -jar "$0" "$@"
