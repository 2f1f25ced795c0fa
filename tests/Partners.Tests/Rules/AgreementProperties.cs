using FsCheck;
using FsCheck.Fluent;
using Soc.Partners.Agreements;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tests.Rules;

/// <summary>Whatever is asked of an agreement by whomever in whatever order, and however the clock runs meanwhile.</summary>
public sealed class AgreementProperties
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);
    private static readonly TimeSpan Notice = TimeSpan.FromDays(60);

    /// <summary>Two parties and somebody who is none.</summary>
    private static readonly Guid[] Callers = [Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7()];

    private static readonly string[] Verbs =
        ["terms", "submission", "redraft", "signature", "signature", "recorded signature", "recorded signature", "activation", "activation", "review", "termination", "later termination", "tick"];

    [Fact]
    public void No_sequence_of_verbs_breaks_what_always_holds()
    {
        var step =
            from verb in Gen.Elements(Verbs)
            from caller in Gen.Choose(0, Callers.Length - 1)
            from hours in Gen.Frequency((6, Gen.Constant(0)), (3, Gen.Choose(1, 24 * 20)), (1, Gen.Choose(24 * 20, 24 * 900)))
            from days in Gen.Choose(-5, 760)
            select new Step(verb, caller, hours, days);
        var reached = new HashSet<AgreementStatus>();

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(60),
            Prop.ForAll(step.ListOf().ToArbitrary(), steps => Run([.. steps], reached)));

        Assert.Equal(Enum.GetValues<AgreementStatus>(), reached.Order());
    }

    private static void Run(IReadOnlyList<Step> steps, HashSet<AgreementStatus> reached)
    {
        var now = Start;
        var agreement = Agreement.Draft(Guid.CreateVersion7(now), Terms(400, now), now)!;
        var told = new List<long>();
        foreach (var step in steps)
        {
            now = now.AddHours(step.HoursLater);
            var (before, version, told0) = (agreement.StatusAt(now), agreement.Version, agreement.EventVersion);
            var (refused, happened) = Do(agreement, step, now);

            Assert.True(agreement.EventVersion - told0 == (happened is null ? 0 : 1), "an event has one version, and a version one event");
            if (happened is not null)
            {
                told.Add(agreement.EventVersion);
            }

            if (refused)
            {
                Assert.Equal((version, told0), (agreement.Version, agreement.EventVersion));
            }
            else if (step.Verb != "tick")
            {
                Assert.Equal(version + 1, agreement.Version);
                Assert.False(before is AgreementStatus.Terminated or AgreementStatus.Expired, $"{step.Verb} after {before}");
            }

            Holds(agreement, now);
            reached.Add(agreement.Status);
        }

        Assert.Equal(Enumerable.Range(1, told.Count).Select(each => (long)each), told);
    }

    private static void Holds(Agreement agreement, DateTimeOffset now)
    {
        var status = agreement.StatusAt(now);
        if (agreement.Status >= AgreementStatus.Signed)
        {
            Assert.All(agreement.Parties, party => Assert.NotNull(party.SignedAt));
        }

        if (agreement.Status == AgreementStatus.Draft)
        {
            Assert.All(agreement.Parties, party => Assert.Null(party.SignedAt));
        }

        if (agreement.Status == AgreementStatus.UnderReview)
        {
            Assert.Contains(agreement.Parties, party => party.SignedAt is null);
        }

        Assert.True(agreement.ReviewDate <= UkCalendar.Day(now).AddMonths(24), "the review date lies within 24 months");
        Assert.Equal(Callers[..2], agreement.Parties.Select(party => party.OrganisationId));
        if (status.InForce())
        {
            Assert.True(now < agreement.EndsAt && (agreement.TerminatesAt is null || now < agreement.TerminatesAt), "in force until it ends");
        }
    }

    private static (bool Refused, object? Event) Do(Agreement agreement, Step step, DateTimeOffset now)
    {
        var (caller, day) = (Callers[step.Caller], UkCalendar.Day(now).AddDays(step.Days));
        switch (step.Verb)
        {
            case "terms":
                return (agreement.ChangeTerms(Terms(step.Days, now), now) is not null, null);
            case "submission":
                return (agreement.Submit(now) is not null, null);
            case "redraft":
                return (agreement.Redraft(now) is not null, null);
            case "signature":
                return (agreement.Sign(caller, "SIGNED-1", now) is not null, null);
            case "recorded signature":
                return (agreement.RecordSignature(caller, "SIGNED-1", null, now) is not null, null);
            case "activation":
                var activated = agreement.Activate(now);
                return (activated.Refusal is not null, activated.Event);
            case "review":
                var reviewed = agreement.Review(day, now);
                return (reviewed.Refusal is not null, reviewed.Event);
            case "termination":
                var terminated = agreement.Terminate(caller, "breach", null, now);
                return (terminated.Refusal is not null, terminated.Event);
            case "later termination":
                var given = agreement.Terminate(caller, "breach", now.AddDays(step.Days), now);
                return (given.Refusal is not null, given.Event);
            default:
                return (false, agreement.Tick(Notice, now));
        }
    }

    private static AgreementTerms Terms(int days, DateTimeOffset now) => new(
        Callers[..2], "Referral of people at risk", "An Act, section 1", ["protected-person-referrals"], "DPIA-1", "OFFICIAL-SENSITIVE", 84,
        UkCalendar.Day(now).AddDays(days));

    private sealed record Step(string Verb, int Caller, int HoursLater, int Days);
}
