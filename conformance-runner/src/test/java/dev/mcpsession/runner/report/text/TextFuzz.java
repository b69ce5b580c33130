package dev.mcpsession.runner.report.text;

import dev.mcpsession.conformance.protocol.Text;
import dev.mcpsession.conformance.target.Target;
import dev.mcpsession.runner.report.markdown.Markdown;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.parser.Parser;

/**
 * For a fuzzer: whatever a server writes, with a secret of ours in it, no report shows a piece of the secret, halves a
 * character, obeys a command or takes the text for markup.
 */
public final class TextFuzz {
    private static final String SECRET = "S3cr3t/t0ken+0f=the-User_" + "aZ9".repeat(5);

    private static final Target TARGET = Target.builder()
            .uri(URI.create("http://127.0.0.1:1/mcp"))
            .header("Authorization", "Bearer " + SECRET)
            .build();

    /** The ways in which a server may send back what it got. */
    private static final List<UnaryOperator<String>> COPIES = List.of(
            s -> s,
            s -> s.toLowerCase(Locale.ROOT),
            s -> s.toUpperCase(Locale.ROOT),
            s -> URLEncoder.encode(s, StandardCharsets.UTF_8),
            s -> URLEncoder.encode(s, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT),
            s -> s.replace("/", "\\/"),
            s -> s.replace("/", "\\\\/"),
            s -> s.replace("+", "\\u002B").replace("=", "\\u003d"),
            s -> base64("", s),
            s -> base64("a", s),
            s -> base64("ab", s),
            s -> Base64.getUrlEncoder().encodeToString(("Bearer " + s + " ").getBytes(StandardCharsets.UTF_8)));

    /** So much of a secret in a report is a piece of it. */
    private static final int PIECE = 10;

    /** What bytes from 0x80 on stand for: signs that somebody may stumble over. */
    private static final String ODD =
            "\uD83D\uDE00\uD800\uDFFF\u202E\u2066\u2069\u200F\u061C\uE01F\uE000\uE063\u00A0\u3000"
                    + "\u2028\u0085\u001B\u0000\u0007\u009B\r\n\t\b\uFEFF…\uFFFD\u00E9\u0130ß";

    private static final Pattern COMMAND = Pattern.compile("(?U)^\\s*::|##[A-Za-z]*\\[");
    private static final Pattern CONTROL =
            Pattern.compile("[\\p{Cc}&&[^\n]]|[\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C]");
    private static final Pattern STYLE = Pattern.compile("\033\\[[0-9]+m");

    /** So many characters of a copy in Base64, at its beginning and at its end, hold what stands beside the secret. */
    private static final int BESIDE_BEFORE = 12;

    private static final int BESIDE_AFTER = 14;

    private TextFuzz() {}

    private static String base64(String before, String secret) {
        return Base64.getEncoder().encodeToString((before + secret + "and more").getBytes(StandardCharsets.UTF_8));
    }

    /** Called by the fuzzer: three bytes choose the copy, the place and the length to cut to; the rest is the text. */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length < 3) {
            return;
        }
        var around = new StringBuilder();
        for (int i = 3; i < data.length; i++) {
            around.append(data[i] >= 0 ? (char) data[i] : ODD.charAt((data[i] & 0x7F) % ODD.length()));
        }
        var copy = COPIES.get((data[0] & 0xFF) % COPIES.size()).apply(SECRET);
        int at = (data[1] & 0xFF) % (around.length() + 1);
        int most = data[2] & 0xFF;
        var before = around.substring(0, at);
        var after = around.substring(at);
        // What stands beside the secret in Base64 may make a piece of it together with the text around the copy.
        boolean base64 = !isPlain(copy);
        var head = base64 ? copy.substring(0, BESIDE_BEFORE) : "";
        var tail = base64 ? copy.substring(copy.length() - BESIDE_AFTER) : "";
        if (!shows(before + head, copy) && !shows(tail + after, copy)) {
            masked(before + copy + after, copy, most);
        }
        cut(around.toString(), most);
        console(around.toString(), Math.max(20, most));
        markdown(around.toString());
    }

    private static void masked(String text, String copy, int most) {
        for (var shown : List.of(
                TARGET.mask(text),
                TARGET.excerpt(text, most),
                TARGET.mask(Text.cut(text, most)),
                TARGET.mask(Text.end(text, most)))) {
            must(!shows(shown, copy), "a piece of the secret: " + shown);
        }
        must(TARGET.excerpt(text, most).length() <= most + 1, "longer than " + most);
    }

    /** Whether a text has a piece of a copy of the secret in it. What stands beside it in Base64 is no secret. */
    private static boolean shows(String text, String copy) {
        var lower = text.toLowerCase(Locale.ROOT);
        var secret = copy.toLowerCase(Locale.ROOT);
        boolean base64 = !isPlain(copy);
        for (int i = base64 ? BESIDE_BEFORE : 0; i + PIECE <= secret.length() - (base64 ? BESIDE_AFTER : 0); i++) {
            if (lower.contains(secret.substring(i, i + PIECE))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isPlain(String copy) {
        return copy.toLowerCase(Locale.ROOT).contains("t0ken");
    }

    private static void cut(String text, int most) {
        for (var cut : List.of(Text.cut(text, most), Text.beginning(text, most), Text.end(text, most))) {
            must(cut.length() <= most + 1, "longer than " + most + ": " + cut);
            must(halves(cut) <= halves(text), "half a character: " + cut);
        }
        var columns = Wrap.cut(text, most);
        must(columns.length() <= Math.max(most, 1) + 1, "longer than " + most + ": " + columns);
        must(halves(columns) <= halves(text), "half a character: " + columns);
    }

    private static long halves(String text) {
        return text.codePoints().filter(c -> c >= 0xD800 && c <= 0xDFFF).count();
    }

    private static void console(String text, int width) {
        var lines = new ArrayList<String>();
        for (var wraps : List.of(true, false)) {
            var bytes = new ByteArrayOutputStream();
            var screen = new Screen(
                    new PrintStream(bytes, true, StandardCharsets.UTF_8),
                    StandardCharsets.UTF_8,
                    true,
                    false,
                    width,
                    wraps);
            screen.line(Screen.foreign(text));
            screen.line("  | " + Screen.foreign(text));
            screen.line(Screen.red(Screen.foreign(text)));
            screen.line("    " + Screen.dim(Screen.foreign(text)) + Screen.bold("x"));
            screen.command(Screen.foreign(text));
            Wrap.lines(Screen.foreign(text), width).forEach(screen::line);
            bytes.toString(StandardCharsets.UTF_8).lines().forEach(lines::add);
        }
        for (var line : lines) {
            var plain = STYLE.matcher(line).replaceAll("");
            must(!COMMAND.matcher(plain).find() && !COMMAND.matcher(line).find(), "a command: " + line);
            must(!CONTROL.matcher(plain).find(), "a control character: " + line);
        }
    }

    private static void markdown(String text) {
        var parser = Parser.builder().build();
        var paragraph = parser.parse("* " + Markdown.text(text) + "\n");
        paragraph.accept(new PlainText());
        var cell = Markdown.cell(text, 100);
        must(
                cell.indexOf('\n') < 0
                        && !Pattern.compile("(?<!\\\\)\\|").matcher(cell).find(),
                "ends its cell: " + cell);
        var block = parser.parse(Markdown.block("text", text));
        must(
                block.getFirstChild() instanceof FencedCodeBlock && block.getFirstChild() == block.getLastChild(),
                "leaves its block: " + text);
    }

    /** Nothing but an item of a list with text in it. */
    private static final class PlainText extends AbstractVisitor {
        @Override
        protected void visitChildren(Node parent) {
            var name = parent.getClass().getSimpleName();
            must(
                    List.of("Document", "BulletList", "ListItem", "Paragraph", "Text")
                                    .contains(name)
                            && (!(parent instanceof Paragraph) || parent.getNext() == null),
                    "markup: " + name);
            super.visitChildren(parent);
        }

        @Override
        public void visit(SoftLineBreak lineBreak) {
            must(false, "a line break");
        }

        @Override
        public void visit(HardLineBreak lineBreak) {
            must(false, "a line break");
        }
    }

    private static void must(boolean right, String otherwise) {
        if (!right) {
            throw new IllegalStateException(otherwise);
        }
    }
}
