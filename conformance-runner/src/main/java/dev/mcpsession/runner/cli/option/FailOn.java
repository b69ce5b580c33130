package dev.mcpsession.runner.cli.option;

/** The verdict from which on a run fails. */
public enum FailOn {
    FAIL,
    WARN
}
