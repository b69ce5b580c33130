package dev.mcpsession.runner.report.markdown;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class MarkdownTest {
    @Test
    void showsTextAsItIs() {
        assertEquals(
                "\\*a\\* \\_b\\_ \\[c\\](d) \\`e\\` \\| \\~f\\~ \\!\\[g\\](h) \\$x\\$ i\\\\j",
                Markdown.text("*a* _b_ [c](d) `e` | ~f~ ![g](h) $x$ i\\j"));
        assertEquals("&lt;script&gt; &amp;amp;", Markdown.text("<script> &amp;"));
    }

    @Test
    void linksAndMentionsNobody() {
        assertEquals(
                "http\\://evil.example www\\.evil.example @&#8203;all",
                Markdown.text("http://evil.example www.evil.example @all"));
    }

    @Test
    void staysOnItsLine() {
        assertEquals("a b c", Markdown.text("a\nb\rc"));
        assertEquals("\\# a", Markdown.text("# a"));
        assertEquals("\\- a", Markdown.text("- a"));
        assertEquals("1\\. a", Markdown.text("1. a"));
        assertEquals("a\uFFFDb\uFFFDc\uFFFD", Markdown.text("a\u001bb\u202ec\ud800"));
    }

    @Test
    void cutsCells() {
        assertEquals("\\|aa…", Markdown.cell("|aaaaaaaaa", 4));
    }

    @Test
    void fencesCodeSafely() {
        assertEquals("````sh\na\n```\nb\n````\n", Markdown.block("sh", "a\n```\nb"));
        assertEquals("```sh\na\n```\n", Markdown.block("sh", "a"));
    }
}
