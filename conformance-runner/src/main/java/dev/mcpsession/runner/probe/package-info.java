/**
 * Finding out what a server offers and how long its sessions live.
 *
 * <p>Not API: the runner is used by its command line and its reports.
 */
@NullMarked
package dev.mcpsession.runner.probe;

import org.jspecify.annotations.NullMarked;
