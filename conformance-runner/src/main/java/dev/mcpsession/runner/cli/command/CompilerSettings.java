package dev.mcpsession.runner.cli.command;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Keeps the virtual machine from optimising this program. A run is over before optimised code pays for its making,
 * which would be half of all the work and take the machine from the server under test. A jar cannot carry the option
 * that says so; a directive to the running compiler does the same.
 */
final class CompilerSettings {
    private static final String DIRECTIVE = "[{match: \"*.*\", c2: {Exclude: true}}]";

    private CompilerSettings() {}

    /**
     * Asks for it, beside everything else, unless the virtual machine has no other compiler: it runs with the option,
     * as when the jar runs itself. Where it knows no such directives, nothing changes.
     */
    static void ask() {
        if (System.getProperty("java.vm.info", "").contains("emulated-client")) {
            return;
        }
        var thread = new Thread(
                () -> {
                    try {
                        var file = Files.createTempFile("compiler", ".json");
                        try {
                            Files.writeString(file, DIRECTIVE);
                            ManagementFactory.getPlatformMBeanServer()
                                    .invoke(
                                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                            "compilerDirectivesAdd",
                                            new Object[] {new String[] {file.toString()}},
                                            new String[] {String[].class.getName()});
                        } finally {
                            Files.deleteIfExists(file);
                        }
                    } catch (IOException | JMException | RuntimeException | LinkageError e) {
                        // Then it runs as any other program does.
                    }
                },
                "first tier");
        thread.setDaemon(true);
        thread.start();
    }
}
