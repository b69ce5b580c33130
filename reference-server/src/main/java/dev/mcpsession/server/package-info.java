/**
 * The reference server: starts and stops it in a program. {@link dev.mcpsession.server.ReferenceServer} is API.
 */
package dev.mcpsession.server;
