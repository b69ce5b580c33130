package dev.mcpsession.server.cli;

import picocli.CommandLine.IVersionProvider;

/** The version as the jar's manifest has it; class files that are run from a directory have none. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        var version = Version.class.getPackage().getImplementationVersion();
        return new String[] {version == null ? "development" : version};
    }
}
