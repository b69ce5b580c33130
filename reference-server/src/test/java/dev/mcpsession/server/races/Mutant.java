package dev.mcpsession.server.races;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A copy of the session manager, from its sources, with one step done wrongly. The copy has a package of its own, and
 * its classes go where the test's own classes are: the checker knows classes by their names alone.
 */
final class Mutant {

    private static final String SESSION = "dev.mcpsession.server.session";
    private static final String RACES = "dev.mcpsession.server.races";

    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();
    /** One for all, since it remembers what it has read of the library. */
    private static final StandardJavaFileManager FILES = COMPILER.getStandardFileManager(null, null, null);

    private final String name;
    private final Class<?> managers;

    private Mutant(String name, Class<?> managers) {
        this.name = name;
        this.managers = managers;
    }

    /** Makes a copy with nothing changed. */
    static Mutant unchanged() throws IOException {
        return make("unchanged", "", "", "");
    }

    /**
     * Makes a copy with one change.
     *
     * @param file the class to change
     * @param right what is there, once
     * @param wrong what to put in its place
     */
    static Mutant make(String name, String file, String right, String wrong) throws IOException {
        var sources =
                Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("src");
        var home = RACES + ".mutants." + name;
        List<JavaFileObject> copies = new ArrayList<>();
        try (var originals = Files.list(sources.resolve("main/java").resolve(SESSION.replace('.', '/')))) {
            for (var original : originals.toList()) {
                var text = Files.readString(original);
                if (original.endsWith(file + ".java")) {
                    assertEquals(
                            1,
                            text.split(Pattern.quote(right), -1).length - 1,
                            "how often this is in " + file + ": " + right);
                    text = text.replace(right, wrong);
                }
                if (original.endsWith("SessionIds.java")) {
                    // In a fixed order, so that what is caught once is caught always.
                    text = text.replaceFirst("return Base64.*;", "return Integer.toString(++last);")
                            .replace(
                                    "public String next() {",
                                    "private int last;\n public synchronized String next() {");
                }
                copies.add(new Source(original, text.replace(SESSION, home)));
            }
        }
        for (var adapter : List.of("ManagerSubject.java", "Managers.java")) {
            var original = sources.resolve("test/java")
                    .resolve(RACES.replace('.', '/'))
                    .resolve(adapter);
            copies.add(new Source(
                    original,
                    Files.readString(original)
                            .replace("package " + RACES + ";", "package " + home + ";\nimport " + RACES + ".*;")
                            .replace(SESSION, home)));
        }
        compile(copies);
        try {
            return new Mutant(name, Class.forName(home + ".Managers"));
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Source extends SimpleJavaFileObject {

        private final String text;

        Source(Path original, String text) {
            super(URI.create("copy:///" + original.getFileName()), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static void compile(List<JavaFileObject> sources) {
        var messages = new StringWriter();
        boolean done = COMPILER.getTask(
                        messages,
                        FILES,
                        null,
                        List.of("-d", classes().toString(), "-nowarn", "-proc:none"),
                        null,
                        sources)
                .call();
        assertTrue(done, messages::toString);
    }

    private static Path classes() {
        try {
            return Path.of(Mutant.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the mutant's counterpart of a class of {@link Managers}. */
    Class<?> counterpart(Class<?> operations) {
        for (var candidate : managers.getDeclaredClasses()) {
            if (candidate.getSimpleName().equals(operations.getSimpleName())) {
                return candidate;
            }
        }
        throw new IllegalArgumentException(name + " has no " + operations);
    }
}
