/**
 * The reference server: starts and stops it in a program. {@link dev.mcpsession.server.ReferenceServer} is API.
 */
@NullMarked
package dev.mcpsession.server;

import org.jspecify.annotations.NullMarked;
