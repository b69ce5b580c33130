package dev.mcpsession.server.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Help texts whose lines end between words only: never within a URL, the name of a file or an option. An example
 * that is too long goes on after a backslash, so that it can be copied.
 */
public final class HelpTexts {
    /**
     * Where the stand-ins of signs begin. Picocli breaks a line after a dot, a colon, a slash or a brace, as the rules
     * of Unicode for prose say; while it lays out the text, letters that mean nothing stand for all signs.
     */
    private static final int STAND_INS = 0xE000;

    private HelpTexts() {}

    /** Lays out the help of this command, and of all commands below it. */
    public static void layOut(CommandLine line) {
        line.setHelpFactory(WholeWords::new);
        line.getHelpSectionMap().replaceAll((name, section) -> help -> shown(section.render(help)));
        line.getSubcommands().values().forEach(HelpTexts::layOut);
    }

    private static String hidden(String text) {
        // Of what follows a percent sign, %n is a new line to picocli.
        return text.codePoints()
                .map(c -> c > ' ' && c < 127 && c != '%' && !Character.isLetterOrDigit(c) ? STAND_INS + c : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String shown(String text) {
        return text.codePoints()
                .map(c -> c > STAND_INS && c < STAND_INS + 127 ? c - STAND_INS : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static final class WholeWords extends Help {
        private WholeWords(CommandSpec spec, ColorScheme scheme) {
            super(spec, scheme);
        }

        @Override
        public String description(Object... parameters) {
            var usage = commandSpec().usageMessage();
            var lines =
                    Arrays.stream(usage.description()).map(HelpTexts::hidden).toArray(String[]::new);
            return join(ansi(), usage.width(), true, lines, new StringBuilder(), parameters)
                    .toString();
        }

        @Override
        public String footer(Object... parameters) {
            var usage = commandSpec().usageMessage();
            return Arrays.stream(usage.footer())
                    .map(line -> fitted(String.format(line, parameters), "", usage.width()) + System.lineSeparator())
                    .collect(Collectors.joining());
        }

        /** Breaks a command before the last option that has room, but not within quotes; other text at a space. */
        private static String fitted(String line, String before, int width) {
            boolean prose = line.endsWith(":");
            int room = width - before.length() - (prose ? 0 : 2);
            int at = line.length() + before.length() <= width ? -1 : line.lastIndexOf(prose ? " " : " -", room);
            while (at > 0
                    && line.substring(0, at).chars().filter(c -> c == '\'').count() % 2 == 1) {
                at = line.lastIndexOf(" -", at - 1);
            }
            if (at < 0 || line.substring(0, at).isBlank()) {
                return before + line;
            }
            int indent = (int) line.chars().takeWhile(c -> c == ' ').count();
            return before
                    + line.substring(0, at)
                    + (prose ? "" : " \\")
                    + System.lineSeparator()
                    + fitted(
                            line.substring(at + 1),
                            before.isEmpty() ? " ".repeat(prose ? indent : indent + 4) : before,
                            width);
        }

        @Override
        public TextTable createTextTable(Map<?, ?> rows) {
            var whole = new LinkedHashMap<Object, Object>();
            rows.forEach((name, text) -> whole.put(name, hidden(String.valueOf(text))));
            return super.createTextTable(whole);
        }

        @Override
        public IOptionRenderer createDefaultOptionRenderer() {
            var renderer = super.createDefaultOptionRenderer();
            return (option, labels, scheme) -> whole(renderer.render(option, labels, scheme), scheme);
        }

        @Override
        public IParameterRenderer createDefaultParameterRenderer() {
            var renderer = super.createDefaultParameterRenderer();
            return (parameter, labels, scheme) -> whole(renderer.render(parameter, labels, scheme), scheme);
        }

        /** The last column has the description. */
        private static Text[][] whole(Text[][] rows, ColorScheme scheme) {
            for (var row : rows) {
                int last = row.length - 1;
                row[last] = scheme.text(hidden(row[last].plainString()));
            }
            return rows;
        }
    }
}
