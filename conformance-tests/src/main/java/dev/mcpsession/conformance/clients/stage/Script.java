package dev.mcpsession.conformance.clients.stage;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The behaviour of a server of the kit in front of a client: that of a right server, but for the acts of the script.
 * Scripts are equal when their names are.
 */
public final class Script {
    /** Answers a request in place of the right server, or leaves it to that. */
    public interface Act {
        /** @return false to leave the request to the right server */
        boolean play(Scene.Turn turn) throws java.io.IOException, InterruptedException;
    }

    /** In what form results come. */
    public enum Answers {
        /** As one JSON object. */
        JSON,
        /** In an event stream. */
        EVENTS
    }

    private final String name;
    private final Carrier carrier;
    private Supplier<Act> act = () -> turn -> false;
    private @Nullable String steps;
    private @Nullable String doing;
    private Answers answers = Answers.JSON;
    private String eventForm = "plain";
    private Supplier<String> ids = () -> java.util.UUID.randomUUID().toString();
    private String idHeader = "Mcp-Session-Id";
    private @Nullable String version;
    private @Nullable String capability;
    private boolean token;
    private boolean waits;
    private boolean legacyOnly;
    private Duration atMost = Duration.ZERO;

    private Script(String name, Carrier carrier) {
        this.name = name;
        this.carrier = carrier;
    }

    /** A script under which the server does nothing unusual. */
    public static Script of(String name, Carrier carrier) {
        return new Script(name, carrier);
    }

    /** The unusual acts; made anew for each time that the script is played. */
    public Script act(Supplier<Act> act) {
        this.act = act;
        return this;
    }

    /** The steps that a client takes in place of the scenario. */
    public Script steps(String steps) {
        this.steps = steps;
        return this;
    }

    /** The instructions for a person, where those of the scenario leave out what the script is for. */
    public Script doing(String doing) {
        this.doing = doing;
        return this;
    }

    public Script answers(Answers answers) {
        this.answers = answers;
        return this;
    }

    /** How events are written; see {@link Events}. */
    public Script eventForm(String form) {
        this.eventForm = form;
        return this;
    }

    /** Where session ids come from; null for a server without sessions. */
    public Script ids(Supplier<String> ids) {
        this.ids = ids;
        return this;
    }

    /** In which case the name of the header with the session id is sent. */
    public Script idHeader(String name) {
        this.idHeader = name;
        return this;
    }

    /** The revision with which the server answers {@code initialize}. */
    public Script version(String version) {
        this.version = version;
        return this;
    }

    /** What the server declares, beside tools. */
    public Script capability(String name) {
        this.capability = name;
        return this;
    }

    /** Gives the client a bearer token. */
    public Script token() {
        token = true;
        return this;
    }

    /** Playing it mostly lets time pass, so it begins early. */
    public Script waits() {
        waits = true;
        return this;
    }

    /** How long the client may take. */
    public Script atMost(Duration span) {
        atMost = span;
        return this;
    }

    /** The server is of the era with sessions, whatever revision is judged. */
    public Script legacyServer() {
        legacyOnly = true;
        return this;
    }

    public String name() {
        return name;
    }

    public Carrier carrier() {
        return carrier;
    }

    Act newAct() {
        return act.get();
    }

    public Optional<String> steps() {
        return Optional.ofNullable(steps);
    }

    /** The steps that do what the script is for: its own, or those that are as good as the scenario. */
    public Optional<String> allSteps() {
        return steps().or(carrier::steps);
    }

    Answers answers() {
        return answers;
    }

    String eventForm() {
        return eventForm;
    }

    Supplier<String> ids() {
        return ids;
    }

    /** The name of the header with the session id, in the case in which it is sent. */
    public String idHeader() {
        return idHeader;
    }

    Optional<String> version() {
        return Optional.ofNullable(version);
    }

    Optional<String> capability() {
        return Optional.ofNullable(capability);
    }

    /** The instructions for a person who plays the client's part. */
    public String doing() {
        return (doing == null ? carrier.doing() : doing) + (token ? ", with the bearer token " + Stage.TOKEN : "");
    }

    boolean givesToken() {
        return token;
    }

    public boolean isWaiting() {
        return waits;
    }

    boolean isLegacyServer() {
        return legacyOnly;
    }

    public Duration atMost() {
        return atMost;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Script script && script.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
