package dev.mcpsession.conformance.rules;

import dev.mcpsession.conformance.rule.RuleSet;
import dev.mcpsession.conformance.rules.assignment.AssignmentRules;
import dev.mcpsession.conformance.rules.cancellation.CancellationRules;
import dev.mcpsession.conformance.rules.cluster.BoundRules;
import dev.mcpsession.conformance.rules.cluster.EndRules;
import dev.mcpsession.conformance.rules.cluster.FaultRules;
import dev.mcpsession.conformance.rules.cluster.NodeStreamRules;
import dev.mcpsession.conformance.rules.cluster.SharedSessionRules;
import dev.mcpsession.conformance.rules.cluster.TimeRules;
import dev.mcpsession.conformance.rules.concurrency.CompanyRules;
import dev.mcpsession.conformance.rules.concurrency.ConcurrencyRules;
import dev.mcpsession.conformance.rules.configuration.ConfigurationRules;
import dev.mcpsession.conformance.rules.dual.DualRules;
import dev.mcpsession.conformance.rules.idle.AfterExpiryRules;
import dev.mcpsession.conformance.rules.idle.ExpiryRaceRules;
import dev.mcpsession.conformance.rules.idle.LettingGoRules;
import dev.mcpsession.conformance.rules.idle.LongCallRules;
import dev.mcpsession.conformance.rules.idle.OpenStreamRules;
import dev.mcpsession.conformance.rules.idle.ReapingRules;
import dev.mcpsession.conformance.rules.idle.SurvivalRules;
import dev.mcpsession.conformance.rules.load.LoadRules;
import dev.mcpsession.conformance.rules.modern.AuthorizationRules;
import dev.mcpsession.conformance.rules.modern.CachingRules;
import dev.mcpsession.conformance.rules.modern.ContentRules;
import dev.mcpsession.conformance.rules.modern.HeaderRules;
import dev.mcpsession.conformance.rules.modern.IndependenceRules;
import dev.mcpsession.conformance.rules.modern.InputRules;
import dev.mcpsession.conformance.rules.modern.ListRules;
import dev.mcpsession.conformance.rules.modern.MessageRules;
import dev.mcpsession.conformance.rules.modern.MetaRules;
import dev.mcpsession.conformance.rules.modern.ModernRules;
import dev.mcpsession.conformance.rules.modern.NameRules;
import dev.mcpsession.conformance.rules.modern.NodeRules;
import dev.mcpsession.conformance.rules.modern.OriginRules;
import dev.mcpsession.conformance.rules.modern.ParameterRules;
import dev.mcpsession.conformance.rules.modern.StreamRules;
import dev.mcpsession.conformance.rules.modern.SubscriptionRules;
import dev.mcpsession.conformance.rules.modern.TellingRules;
import dev.mcpsession.conformance.rules.modern.TextRules;
import dev.mcpsession.conformance.rules.ownership.OwnershipRules;
import dev.mcpsession.conformance.rules.ownership.ResourceMetadataRules;
import dev.mcpsession.conformance.rules.progress.ProgressRules;
import dev.mcpsession.conformance.rules.required.RequiredRules;
import dev.mcpsession.conformance.rules.resumption.ResumptionRules;
import dev.mcpsession.conformance.rules.service.LongSessionRules;
import dev.mcpsession.conformance.rules.service.ServiceRules;
import dev.mcpsession.conformance.rules.stateless.StatelessRules;
import dev.mcpsession.conformance.rules.termination.TerminationRules;
import dev.mcpsession.conformance.rules.transport.BadInputRules;
import dev.mcpsession.conformance.rules.transport.FormRules;
import dev.mcpsession.conformance.rules.transport.GetStreamRules;
import dev.mcpsession.conformance.rules.transport.LifecycleRules;
import dev.mcpsession.conformance.rules.transport.ListeningRules;
import dev.mcpsession.conformance.rules.transport.SecurityRules;
import dev.mcpsession.conformance.rules.transport.SendingRules;
import dev.mcpsession.conformance.rules.transport.ServerRequestRules;
import dev.mcpsession.conformance.rules.transport.VersionHeaderRules;
import java.util.List;

/** The kit's own rules: one or a few classes per area, in the order in which they are reported. */
public final class CoreRules implements RuleSet {
    @Override
    public List<Class<?>> classes() {
        return List.of(
                AssignmentRules.class,
                RequiredRules.class,
                TerminationRules.class,
                ReapingRules.class,
                SurvivalRules.class,
                ExpiryRaceRules.class,
                LettingGoRules.class,
                LongCallRules.class,
                OpenStreamRules.class,
                AfterExpiryRules.class,
                ConfigurationRules.class,
                StatelessRules.class,
                SendingRules.class,
                ListeningRules.class,
                GetStreamRules.class,
                ServerRequestRules.class,
                FormRules.class,
                LifecycleRules.class,
                VersionHeaderRules.class,
                BadInputRules.class,
                SecurityRules.class,
                ResumptionRules.class,
                ConcurrencyRules.class,
                CompanyRules.class,
                CancellationRules.class,
                ProgressRules.class,
                OwnershipRules.class,
                ResourceMetadataRules.class,
                ModernRules.class,
                IndependenceRules.class,
                OriginRules.class,
                AuthorizationRules.class,
                MessageRules.class,
                TextRules.class,
                HeaderRules.class,
                NameRules.class,
                MetaRules.class,
                ParameterRules.class,
                StreamRules.class,
                TellingRules.class,
                SubscriptionRules.class,
                InputRules.class,
                ListRules.class,
                CachingRules.class,
                ContentRules.class,
                SharedSessionRules.class,
                EndRules.class,
                TimeRules.class,
                NodeStreamRules.class,
                FaultRules.class,
                BoundRules.class,
                NodeRules.class,
                DualRules.class,
                ServiceRules.class,
                LongSessionRules.class,
                LoadRules.class);
    }
}
