package dev.mcpsession.runner.report.html;

import java.util.ArrayList;
import java.util.List;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/**
 * Turns the note of a rule into HTML that may stand within a report: no raw HTML, no images, no links but to the web.
 */
final class NoteHtml {
    private static final Parser PARSER = Parser.builder().build();
    private static final HtmlRenderer RENDERER = HtmlRenderer.builder()
            .escapeHtml(true)
            .sanitizeUrls(true)
            .attributeProviderFactory(context -> (node, tag, attributes) -> {
                if (node instanceof Link) {
                    attributes.put("rel", "noreferrer noopener");
                }
            })
            .build();

    private NoteHtml() {}

    /** @param below the level of the heading that the note stands under */
    static String of(String markdown, int below) {
        var note = PARSER.parse(markdown);
        note.accept(new AbstractVisitor() {
            @Override
            public void visit(Heading heading) {
                if (heading.getLevel() == 1) {
                    // It is the rule's id, which stands above already.
                    heading.unlink();
                } else {
                    heading.setLevel(Math.min(6, below + heading.getLevel() - 1));
                    visitChildren(heading);
                }
            }

            @Override
            public void visit(Link link) {
                visitChildren(link);
                if (!link.getDestination().matches("https?://.*")) {
                    replaceByChildren(link);
                }
            }

            @Override
            public void visit(Image image) {
                visitChildren(image);
                replaceByChildren(image);
            }
        });
        return RENDERER.render(note);
    }

    private static void replaceByChildren(Node node) {
        for (var child : children(node)) {
            node.insertBefore(child);
        }
        node.unlink();
    }

    private static List<Node> children(Node node) {
        var children = new ArrayList<Node>();
        for (var child = node.getFirstChild(); child != null; child = child.getNext()) {
            children.add(child);
        }
        return children;
    }
}
