/**
 * The command {@code serve}, and how it reads its options. {@link dev.mcpsession.server.cli.ServeCommand} and
 * {@link dev.mcpsession.server.cli.Durations} are shared with the command line of the conformance kit. Internal: no
 * API.
 */
@NullMarked
package dev.mcpsession.server.cli;

import org.jspecify.annotations.NullMarked;
