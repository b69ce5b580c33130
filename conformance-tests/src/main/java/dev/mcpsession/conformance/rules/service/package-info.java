/**
 * Rules about the server after the requests of many clients.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.service;
