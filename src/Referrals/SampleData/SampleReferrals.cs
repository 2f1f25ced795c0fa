using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Contracts;
using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Sealing;
using Soc.Referrals.Submission;
using Soc.Referrals.Updates;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.SampleData;

/// <summary>
/// Sixty synthetic referrals of people who do not exist, from a fixed seed, at every point of the path, spread over the regions so that some counts are
/// small. They come to be through the aggregate's own verbs, with their audit entries, updates and facts.
/// </summary>
internal static class SampleReferrals
{
    private const int Count = 60;
    private const string Referrer = "sample-referrer";
    private const string TriageOfficer = "ukpps-triage";
    private const string Assessor = "ukpps-assessor";
    private const string Authoriser = "ukpps-authoriser";
    private static readonly Guid ReferringOrganisation = Guid.Parse("01900000-0000-7000-8000-000000000003");

    /// <summary>Loads them, once: a second call finds the first one's and does nothing.</summary>
    public static async Task LoadAsync(IServiceProvider services, ReferralsDb db)
    {
        var options = services.GetRequiredService<IOptions<ReferralsOptions>>().Value;
        var unit = options.ReceivingUnit;
        var keys = services.GetRequiredService<CaseKeys>();
        var today = services.GetRequiredService<TimeProvider>().Now();
        await using var transaction = await db.BeginForAsync(OfficerOf(unit), CancellationToken.None);
        if (await db.Referrals.AnyAsync(referral => referral.Referrer == Referrer))
        {
            return;
        }

        await db.ActForAsync(CallerOf(ReferringOrganisation, Referrer), CancellationToken.None, WorkPurpose.Referring);
        var random = new Random(20190401);
        var submitted = new List<Referral>();
        for (var number = 1; number <= Count; number++)
        {
            // One a day until three days ago: the older a case, the further down its path.
            var at = today.AddDays(-(Count - number + 3)).AddMinutes(-random.Next(600));
            submitted.Add(SubmitReferral.Add(db, keys, Request(number, random), CallerOf(ReferringOrganisation, Referrer), options, at));
        }

        await db.SaveChangesAsync();
        await db.ActForAsync(OfficerOf(unit), CancellationToken.None);
        foreach (var (referral, index) in submitted.Select((referral, index) => (referral, index)))
        {
            Advance(db, keys, referral, index, unit, options, random);
        }

        await db.SaveChangesAsync();
        await transaction.CommitAsync();
    }

    private static SubmitReferralRequest Request(int number, Random random)
    {
        var vocabulary = ReferralVocabulary.Current;
        return new SubmitReferralRequest
        {
            // The smaller of two draws: the first regions get many, the last ones a few.
            Region = vocabulary.Regions[Math.Min(random.Next(vocabulary.Regions.Count), random.Next(vocabulary.Regions.Count))],
            Priority = Codes.Of((PriorityBand)random.Next(1, 4)),
            ThreatCategory = vocabulary.Threats[random.Next(vocabulary.Threats.Count)],
            Narrative = string.Create(CultureInfo.InvariantCulture, $"Synthetic narrative {number}. No part of it describes anybody."),
            Subject = new SubjectOfReferral
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"Example Person {number}"),
                DateOfBirth = number % 4 == 0 ? "not-known" : string.Create(CultureInfo.InvariantCulture, $"{1960 + random.Next(40)}-01-01"),
                Location = string.Create(CultureInfo.InvariantCulture, $"{number} Example Street, Exampletown"),
            },
        };
    }

    private static void Advance(ReferralsDb db, CaseKeys keys, Referral referral, int index, Guid unit, ReferralsOptions options, Random random)
    {
        var at = referral.SubmittedAt;
        if (index >= Count - 8)
        {
            return; // still waiting for triage
        }

        var route = (index % 6) switch { 0 => TriageRoute.Redirected, 1 => TriageRoute.NotForThisService, _ => TriageRoute.Assessment };
        var reasons = ReferralVocabulary.Current.TriageReasons[Codes.Of(route)];
        at = at.AddMinutes(30 + random.Next(120));
        referral.Join([(TriageOfficer, CaseRole.TriageOfficer)], TriageOfficer, at);
        if (route == TriageRoute.Assessment)
        {
            Protect(db, referral, unit, at);
        }

        Expect(referral.Triage(
            route, reasons[random.Next(reasons.Count)], TriageOfficer, at, route == TriageRoute.Redirected ? ReferralVocabulary.Current.RedirectTo[index % ReferralVocabulary.Current.RedirectTo.Count] : null));
        db.PublishFact(new ReferralTriaged(Guid.NewGuid(), referral.Region, Codes.Of(route), StatisticalWeek.Of(at)));
        Record(db, referral, ReferralVerb.Triage, TriageOfficer, unit, [], at);
        if (route == TriageRoute.Assessment)
        {
            referral.Join([(Assessor, CaseRole.RiskAssessor), (Authoriser, CaseRole.AuthorisingOfficer), ("ukpps-caseworker", CaseRole.CaseOfficer)], TriageOfficer, at);
        }

        if (route != TriageRoute.Assessment || index >= Count - 14)
        {
            return;
        }

        var tool = ReferralVocabulary.Current.AssessmentTools[0];
        var score = random.Next(tool.MinimumScore, tool.MaximumScore + 1);
        at = at.AddHours(2 + random.Next(20));
        Expect(referral.Assess(Guid.CreateVersion7(at), tool.Code, score, Codes.Parse<PriorityBand>(tool.BandOf(score)), Assessor, options.Clocks, at));
        Record(db, referral, ReferralVerb.Assess, Assessor, unit, [], at);
        Protect(db, referral, unit, at);
        if (index >= Count - 20)
        {
            return;
        }

        Decide(db, keys, referral, random.Next(3) == 0 ? DecisionOutcome.Declined : DecisionOutcome.Accepted, unit, at.AddHours(12));
    }

    /// <summary>Meets an immediate threat, once.</summary>
    private static void Protect(ReferralsDb db, Referral referral, Guid unit, DateTimeOffset at)
    {
        if (referral.Band == PriorityBand.Immediate && referral.InterimProtections.Count == 0)
        {
            Expect(referral.ProtectInterim(Guid.CreateVersion7(at), [ReferralVocabulary.Current.InterimMeasures[0]], TriageOfficer, at));
            Record(db, referral, ReferralVerb.ProtectInterim, TriageOfficer, unit, [], at);
        }
    }

    private static void Decide(ReferralsDb db, CaseKeys keys, Referral referral, DecisionOutcome outcome, Guid unit, DateTimeOffset at)
    {
        var factors = new StatutoryFactors
        {
            RiskToSafety = "Synthetic finding.",
            CostOfArrangements = "Synthetic finding.",
            AbilityToAdjust = "Synthetic finding.",
            Witness = new WitnessFactor { IsOrMightBeWitness = false },
        };
        Expect(referral.Decide(outcome, factors, new Cooperation { Recorded = true }, Authoriser, new AssessmentAgeLimits(), at));
        using var key = keys.Open(db.DataKeys.Local.Single(dataKey => dataKey.ReferralId == referral.Id));
        string[] fields = [SealedFields.RiskToSafety, SealedFields.CostOfArrangements, SealedFields.AbilityToAdjust];
        db.AddRange(fields.Select(field => key.Seal(field, referral.Version, "Synthetic finding.")));
        db.PublishFact(new ReferralDecided(Guid.NewGuid(), referral.Region, Codes.Of(outcome), StatisticalWeek.Of(at)));
        Record(db, referral, ReferralVerb.Decide, Authoriser, unit, fields, at);
    }

    private static void Record(
        ReferralsDb db, Referral referral, ReferralVerb verb, string actor, Guid unit, IEnumerable<string> fields, DateTimeOffset at)
    {
        db.Add(AuditEntry.Of(CallerOf(unit, actor), "referral." + Codes.Of(verb), referral.Id, fields, AuditEntry.Done, at));
        if (Casework.IsToldToReferrer(referral.Status))
        {
            db.TellReferrerOf(referral, at);
        }
    }

    // The clients of the sample data: who looks with them at a running platform sees cases of theirs.
    private static Caller OfficerOf(Guid unit) => new(unit, TriageOfficer, TriageOfficer, new HashSet<string> { Scopes.ReferralsTriage });

    private static Caller CallerOf(Guid organisation, string actor) => new(organisation, actor, actor, new HashSet<string>());

    private static void Expect(Problem? problem)
    {
        if (problem is not null)
        {
            throw new InvalidOperationException("The sample data breaks a rule: " + problem.Code);
        }
    }
}
