package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rule.RuleInfo;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Lets JUnit run a {@link Rule} once for each revision, under the run that the launch belongs to. */
public final class RuleExtension implements TestTemplateInvocationContextProvider {

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return context.getTestMethod().map(m -> m.isAnnotationPresent(Rule.class)).orElse(false);
    }

    @Override
    public boolean mayReturnZeroTestTemplateInvocationContexts(ExtensionContext context) {
        return true;
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        var run = Run.of(context.getConfigurationParameter(Run.KEY));
        var rule = RuleInfo.of(context.getRequiredTestMethod());
        return run.revisions(rule).stream().map(revision -> new Invocation(run, rule, revision));
    }

    private record Invocation(Run run, RuleInfo rule, Revision revision) implements TestTemplateInvocationContext {
        @Override
        public String getDisplayName(int index) {
            return rule.id() + " [" + revision + "]";
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(new Judge(run, rule, revision));
        }
    }

    /** Calls the method itself, as often as the run wants, each time with a client of its own. */
    private record Judge(Run run, RuleInfo rule, Revision revision) implements ParameterResolver, InvocationInterceptor {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Client.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return null;
        }

        @Override
        public void interceptTestTemplateMethod(Invocation<Void> invocation,
                ReflectiveInvocationContext<Method> call, ExtensionContext context) {
            invocation.skip();
            var method = call.getExecutable();
            method.setAccessible(true);
            var instance = call.getTarget().orElseThrow();
            var result = run.judge(rule, revision, client -> {
                try {
                    method.invoke(instance, client);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });
            switch (result.verdict()) {
                case PASS -> { }
                case FAIL, WARN -> throw new AssertionError(result.summary());
                case ERROR -> throw new IllegalStateException(result.summary());
                default -> throw RuleAbortedException.inconclusive(result.summary());
            }
        }
    }
}
