/** Servers that mean the kit harm, each a few lines, by the name of what it does. */
package dev.mcpsession.runner.hostile;
