package dev.mcpsession.server.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The measurements of several rounds of the same thing. */
public final class Samples {

    /** In the order of the rounds. */
    private final List<Double> values = new ArrayList<>();

    /** Adds what one round has measured. */
    public void add(double value) {
        values.add(value);
    }

    /** Returns the ratios of these to others, round by round: what disturbs a round disturbs both. */
    public Samples by(Samples others) {
        var ratios = new Samples();
        for (int i = 0; i < values.size(); i++) {
            ratios.add(values.get(i) / others.values.get(i));
        }
        return ratios;
    }

    private List<Double> sorted() {
        return values.stream().sorted().toList();
    }

    /** Returns the median. */
    public double median() {
        var sorted = sorted();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }

    /** Returns the greatest. */
    public double greatest() {
        return sorted().get(values.size() - 1);
    }

    /** Returns the least. */
    public double least() {
        return sorted().get(0);
    }

    /** Returns the median and the range. */
    public String text(String format) {
        return String.format(
                Locale.ROOT, format + " (" + format + " to " + format + ")", median(), least(), greatest());
    }
}
