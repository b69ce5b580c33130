package dev.mcpsession.runner.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that is to be written when a run is over. Whether that is possible is found out before the run; and the file
 * is replaced as a whole, so that no reader ever sees half of it.
 */
public final class ReportFile implements AutoCloseable {
    private final Path file;
    private final Path draft;

    private ReportFile(Path file, Path draft) {
        this.file = file;
        this.draft = draft;
    }

    /**
     * Makes sure that the file can be written.
     *
     * @throws IOException saying why not
     */
    public static ReportFile prepare(Path path) throws IOException {
        // Through a link, the file that it names is replaced, and the link stays.
        var file =
                Files.exists(path) ? path.toRealPath() : path.toAbsolutePath().normalize();
        if (Files.isDirectory(file)) {
            throw new IOException(path + " is a directory");
        }
        if (Files.exists(file) && !Files.isWritable(file)) {
            throw new IOException(path + " may not be written");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            // A device or pipe is written to, never replaced.
            return new ReportFile(file, null);
        }
        var folder = file.getParent();
        if (!Files.isDirectory(folder)) {
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
        if (draft == null) {
            Files.writeString(file, text);
            return;
        }
        Files.writeString(draft, text, StandardCharsets.UTF_8);
        share(draft);
        try {
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
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
