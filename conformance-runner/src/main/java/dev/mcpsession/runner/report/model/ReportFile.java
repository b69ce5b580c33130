package dev.mcpsession.runner.report.model;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file that is to be written when a run is over. Whether that is possible is found out before the run; and the file
 * is replaced as a whole, so that no reader ever sees half of it. A device or a pipe is written to as it is.
 */
public final class ReportFile implements AutoCloseable {
    /** The names of our own output streams: opened anew, a file that they lead to would be written from its start. */
    private static final Map<String, FileDescriptor> OWN = Map.of(
            "-", FileDescriptor.out,
            "/dev/stdout", FileDescriptor.out,
            "/dev/fd/1", FileDescriptor.out,
            "/proc/self/fd/1", FileDescriptor.out,
            "/dev/stderr", FileDescriptor.err,
            "/dev/fd/2", FileDescriptor.err,
            "/proc/self/fd/2", FileDescriptor.err);

    private final Path file;
    private final @Nullable Path draft;

    /** The reports that are written to files. */
    @FunctionalInterface
    public interface Content {
        void writeTo(Writer writer) throws IOException;
    }

    private ReportFile(Path file, @Nullable Path draft) {
        this.file = file;
        this.draft = draft;
    }

    /** Whether a path names our own standard output, as {@code -} and {@code /dev/stdout} do. */
    public static boolean isStandardOutput(Path path) {
        return OWN.get(path.toString()) == FileDescriptor.out;
    }

    /**
     * Makes sure that the file can be written.
     *
     * @throws IOException saying why not
     */
    public static ReportFile prepare(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new IOException(path + " is a directory");
        }
        if (OWN.containsKey(path.toString())) {
            return new ReportFile(path, null);
        }
        if (Files.exists(path) && !Files.isWritable(path)) {
            throw new IOException(path + " may not be written");
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            // Written to, never replaced; and left as it was named, since a pipe may have no name of its own.
            return new ReportFile(path, null);
        }
        // Through a link, the file that it names is replaced, and the link stays.
        var file =
                Files.exists(path) ? path.toRealPath() : path.toAbsolutePath().normalize();
        var folder = file.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException("there is no directory " + folder);
        }
        try {
            var draft = Files.createTempFile(folder, "." + file.getFileName(), ".draft");
            draft.toFile().deleteOnExit();
            return new ReportFile(file, draft);
        } catch (FileSystemException e) {
            throw new IOException(
                    "nothing can be written in " + folder
                            + (e instanceof NoSuchFileException ? "" : ": " + e.getReason()),
                    e);
        }
    }

    public Path path() {
        return file;
    }

    /** Writes the file, which then is complete. */
    public void write(String text) throws IOException {
        write(writer -> writer.write(text));
    }

    /** Writes the file, which then is complete. A lone surrogate, which UTF-8 has no place for, becomes "?". */
    public void write(Content content) throws IOException {
        if (draft == null) {
            write(content, open());
            return;
        }
        write(content, Files.newOutputStream(draft));
        share(draft);
        try {
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private OutputStream open() throws IOException {
        var own = OWN.get(file.toString());
        if (own == null) {
            return Files.newOutputStream(file, StandardOpenOption.WRITE);
        }
        System.out.flush();
        return new FileOutputStream(own) {
            @Override
            public void close() {
                // Others print on it, too.
            }
        };
    }

    private static void write(Content content, OutputStream stream) throws IOException {
        // A writer replaces what cannot be encoded; the methods of Files fail.
        try (var writer = new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8))) {
            content.writeTo(writer);
        }
    }

    /**
     * Gives the draft, which only its owner may read, the permissions of the file that it replaces, or the usual
     * ones.
     */
    private void share(Path draft) {
        try {
            Files.setPosixFilePermissions(
                    draft,
                    Files.exists(file)
                            ? Files.getPosixFilePermissions(file)
                            : java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        } catch (IOException | UnsupportedOperationException e) {
            // The file is there and whole; who else may read it is the system's choice.
        }
    }

    /** Drops the draft, if the file was not written. */
    @Override
    public void close() throws IOException {
        if (draft != null) {
            Files.deleteIfExists(draft);
        }
    }
}
