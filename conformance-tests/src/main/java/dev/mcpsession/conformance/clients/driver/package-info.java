/**
 * Ways to let a client loose on a server: as a program, and as code in this virtual machine.
 *
 * <p>Part of the API for those who judge clients.
 */
@NullMarked
package dev.mcpsession.conformance.clients.driver;

import org.jspecify.annotations.NullMarked;
