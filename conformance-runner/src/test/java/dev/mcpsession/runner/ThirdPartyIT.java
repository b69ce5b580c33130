package dev.mcpsession.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** The jar's notes on the libraries that are in it. */
class ThirdPartyIT {

    /** By the id of a licence, words of its text. Whoever adds a library under another one adds it here. */
    private static final Map<String, String> WORDS = Map.of(
            "EPL-2.0", "Eclipse Public License - v 2.0",
            "BSD-3-Clause", "Redistributions in binary form must reproduce the above copyright notice",
            "BSD-2-Clause", "Redistributions in binary form must reproduce the above copyright notice",
            "MIT", "The above copyright notice and this permission notice shall be included");

    private static final Pattern LINE =
            Pattern.compile(" {5}((?:\\([^()]+\\) )+).*\\(([^:() ]+):([^:() ]+):([^:() ]+) - [^()]*\\)");

    private final Path path = Path.of(System.getProperty("kit.jar"));
    private JarFile jar;

    private record Library(String group, String name, String version, Set<String> licences) {

        String file() {
            return name + "-" + version + ".jar";
        }
    }

    @BeforeEach
    void open() throws IOException {
        jar = new JarFile(path.toFile());
    }

    @AfterEach
    void close() throws IOException {
        jar.close();
    }

    private String text(String entry) throws IOException {
        try (var in = jar.getInputStream(jar.getEntry(entry))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The list for people to read. */
    private Set<Library> libraries() throws IOException {
        var found = new HashSet<Library>();
        text("META-INF/THIRD-PARTY.txt")
                .lines()
                .filter(line -> line.startsWith("     ("))
                .forEach(line -> {
                    var parts = LINE.matcher(line);
                    assertTrue(parts.matches(), line);
                    var licences = Set.of(
                            parts.group(1).strip().replaceAll("^\\(|\\)$", "").split("\\) \\("));
                    found.add(new Library(parts.group(2), parts.group(3), parts.group(4), licences));
                });
        return found;
    }

    @Test
    void theListNamesEveryLibraryThatAClassIsFrom() throws IOException {
        var listed = libraries().stream().map(Library::file).collect(Collectors.toCollection(TreeSet::new));
        // It has no classes: it only depends on the others.
        listed.removeIf(file -> file.matches("junit-jupiter-\\d.*"));
        var found = new TreeSet<String>();
        for (var entry : Collections.list(jar.entries())) {
            var name = entry.getName();
            // Jackson is kept under a name of the kit's.
            name = name.replace("dev/mcpsession/conformance/shaded/", "");
            if (name.endsWith(".class") && !name.startsWith("dev/mcpsession/") && !name.startsWith("META-INF/")) {
                found.add(origin(name));
            }
        }
        assertEquals(listed, found);
    }

    /** The name of the library on the class path of this test that has a class; never the jar itself. */
    private String origin(String name) throws IOException {
        for (URL place : Collections.list(getClass().getClassLoader().getResources(name))) {
            var file = Path.of(
                    ((JarURLConnection) place.openConnection()).getJarFile().getName());
            if (!file.equals(path)) {
                return file.getFileName().toString();
            }
        }
        return "nowhere: " + name;
    }

    @Test
    void theTextOfEveryLicenceIsThere() throws IOException {
        assertTrue(text("META-INF/LICENSE").contains("Apache License"));
        assertTrue(text("META-INF/NOTICE").contains("Jackson JSON processor"));
        for (var library : libraries()) {
            assertTrue(library.licences().size() > 0, library::toString);
            for (var licence : library.licences()) {
                assertTrue(
                        licence.equals("Apache-2.0") || has(library, WORDS.get(licence)),
                        () -> "META-INF/licenses/" + library.name() + " has no text of " + licence);
            }
        }
        // Code of others within a library.
        assertTrue(
                text("META-INF/licenses/jackson-core/FastDoubleParser-LICENSE").contains("MIT License"));
        assertTrue(
                text("META-INF/licenses/junit-jupiter-params/LICENSE-fastcsv").contains("Permission is hereby"));
    }

    private boolean has(Library library, String words) throws IOException {
        var folder = "META-INF/licenses/" + library.name() + "/";
        for (var entry : Collections.list(jar.entries())) {
            if (entry.getName().startsWith(folder)
                    && !entry.isDirectory()
                    && words != null
                    && text(entry.getName()).replaceAll("\\s+", " ").contains(words)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void theBillOfMaterialsNamesTheSame() throws IOException {
        assumeTrue(jar.getEntry("META-INF/sbom/bom.json") != null, "a build without network makes none");
        var bill = new JsonMapper().readTree(text("META-INF/sbom/bom.json"));
        assertEquals("CycloneDX", bill.path("bomFormat").stringValue());
        assertEquals(
                "conformance-runner",
                bill.path("metadata").path("component").path("name").stringValue());
        var billed = bill.path("components")
                .valueStream()
                .filter(component -> !component.path("group").stringValue().equals("dev.mcpsession"))
                .map(component -> new Library(
                        component.path("group").stringValue(),
                        component.path("name").stringValue(),
                        component.path("version").stringValue(),
                        component
                                .path("licenses")
                                .valueStream()
                                .map(licence ->
                                        licence.path("license").path("id").asString(licence.toString()))
                                .collect(Collectors.toSet())))
                .collect(Collectors.toSet());
        assertEquals(libraries(), billed, "a build without network does not renew the bill");
    }
}
