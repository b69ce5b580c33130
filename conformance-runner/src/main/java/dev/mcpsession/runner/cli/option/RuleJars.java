package dev.mcpsession.runner.cli.option;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.rule.Catalogue;
import dev.mcpsession.conformance.rule.RuleSet;
import dev.mcpsession.runner.cli.console.UsageException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import picocli.CommandLine.Option;

/** The catalogue: the kit's rules, and those of jars that are named. */
public final class RuleJars {
    @Option(
            names = "--rules",
            paramLabel = "JAR",
            order = 29,
            description = "Add the rules of this jar, which names its RuleSet for java.util.ServiceLoader; repeatable.")
    public List<Path> jars = new ArrayList<>();

    /**
     * Loads the rules.
     *
     * @throws UsageException if a jar is missing, or its rules cannot be loaded
     */
    public Catalogue catalogue() {
        if (jars.isEmpty()) {
            return Catalogue.load(RuleJars.class.getClassLoader());
        }
        try {
            // Stays open for as long as the process lives: rules load their classes and notes when they need them.
            var loader = new URLClassLoader(
                    jars.stream().map(RuleJars::url).toArray(URL[]::new), RuleJars.class.getClassLoader());
            if (loader.findResource("META-INF/services/" + RuleSet.class.getName()) == null) {
                throw new UsageException(
                        "--rules: " + jars + " names no rules in META-INF/services/" + RuleSet.class.getName());
            }
            return Catalogue.load(loader);
        } catch (ServiceConfigurationError | IllegalArgumentException | LinkageError e) {
            throw new UsageException("--rules: the rules of " + jars + " cannot be loaded: " + e.getMessage());
        }
    }

    /** The rules about servers, and those about clients. */
    public Catalogue withClients() {
        return catalogue().and(Catalogue.of(new ClientRules()));
    }

    private static URL url(Path jar) {
        if (!Files.isRegularFile(jar)) {
            throw new UsageException("--rules: there is no jar " + jar);
        }
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new UsageException("--rules: " + jar + ": " + e.getMessage());
        }
    }
}
