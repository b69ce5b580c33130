package dev.mcpsession.runner.cli.option;

import picocli.CommandLine.Option;

/** Which rules about servers are meant, where a server is there to be judged by them. */
public final class ServerSelectionOptions extends SelectionOptions {
    @Option(
            names = "--quick",
            order = 35,
            description =
                    "Only the rules that take no time: that neither wait, nor launch a server of their own, nor put "
                            + "load "
                            + "on it.")
    public boolean quick;

    @Option(
            names = "--no-disruptive",
            order = 36,
            description = "No rules that send what no client should send, such as ids of many kilobytes.")
    public boolean noDisruptive;

    @Option(
            names = "--catalogue",
            paramLabel = "VERSION",
            order = 37,
            description = "Judge by the rules that version 1.0 of the catalogue has, at the levels that they had then. "
                    + "Newer rules are shown, and do not count.")
    public String catalogue;

    @Override
    public boolean isQuick() {
        return quick;
    }

    @Override
    public boolean isWithoutDisruptive() {
        return noDisruptive;
    }
}
