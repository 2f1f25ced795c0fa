using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Sealing;
using Soc.Referrals.Updates;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Submission;

/// <summary>What a referrer tells. A class and not a record: a record's ToString would print it.</summary>
internal sealed class SubmitReferralRequest
{
    public string? Region { get; init; }

    public string? Priority { get; init; }

    public string? ThreatCategory { get; init; }

    public string? Narrative { get; init; }

    public SubjectOfReferral? Subject { get; init; }

    /// <summary>The id of an earlier referral of the same organisation. What has ended is not reopened.</summary>
    public Guid? Follows { get; init; }
}

/// <summary>What is known about the person: all of it may be missing, for a threat to life does not wait for a form.</summary>
internal sealed class SubjectOfReferral
{
    public string? Name { get; init; }

    public IReadOnlyList<string?>? Aliases { get; init; }

    /// <summary>YYYY-MM-DD or <c>not-known</c>.</summary>
    public string? DateOfBirth { get; init; }

    public string? Contact { get; init; }

    public string? Location { get; init; }
}

/// <summary>All that is answered, and all that is kept with the idempotency key.</summary>
internal sealed record SubmittedReferral(Guid Id, string Reference, string Status);

/// <summary>Submits a referral to the receiving unit.</summary>
internal static class SubmitReferral
{
    public static async Task<IResult> HandleAsync(
        SubmitReferralRequest request, Caller caller, ReferralsDb db, CaseKeys keys, IOptions<ReferralsOptions> options, TimeProvider clock,
        CancellationToken cancellation)
    {
        var now = clock.Now();
        if (Refusal(request, now) is { } problem)
        {
            return problem.ToResult();
        }

        await db.ActForAsync(caller, cancellation, WorkPurpose.Referring);
        if (request.Follows is { } earlier
            && !await Casework.ReferredBy(db, caller).AnyAsync(referral => referral.Id == earlier, cancellation))
        {
            return ReferralsProblems.FollowsUnknown.ToResult();
        }

        var referral = Add(db, keys, request, caller, options.Value, now);
        await db.SaveChangesAsync(cancellation);
        return Results.Created(
            $"/referrals/v1/referrals/{referral.Id}", new SubmittedReferral(referral.Id, referral.Reference, Codes.Of(referral.Status)));
    }

    /// <summary>Adds a referral that has passed <see cref="Refusal"/>, its sealed fields, update, audit entry and fact to the context.</summary>
    public static Referral Add(
        ReferralsDb db, CaseKeys keys, SubmitReferralRequest request, Caller caller, ReferralsOptions options, DateTimeOffset now)
    {
        var referral = Referral.Submit(
            Guid.CreateVersion7(now), CaseReference.New(), Codes.Parse<PriorityBand>(request.Priority!), request.Region!, request.ThreatCategory,
            options.ReceivingUnit, caller.Organisation, caller.Actor, now, request.Follows);
        referral.StartClocks(options.Clocks, now);
        using var key = keys.Create(referral.Id, out var dataKey);
        var sealedFields = Texts(request).Select(text => key.Seal(text.Field, referral.Version, text.Text)).ToList();
        db.Add(referral);
        db.Add(dataKey);
        db.AddRange(sealedFields);
        db.Add(ReferrerUpdate.Of(referral, now)); // without a notice: the organisation knows what it did
        db.Add(AuditEntry.Of(caller, "referral.submit", referral.Id, sealedFields.Select(field => field.Field), AuditEntry.Done, now));
        db.PublishFact(new ReferralSubmitted(Guid.NewGuid(), referral.Region, request.Priority!, StatisticalWeek.Of(now)));
        return referral;
    }

    public static Problem? Refusal(SubmitReferralRequest request, DateTimeOffset now)
    {
        var (vocabulary, subject) = (ReferralVocabulary.Current, request.Subject);
        return Fields.Refusal(
            [
                Fields.OneOf("region", request.Region, vocabulary.Regions),
                Fields.OneOf("priority", request.Priority, [.. Codes.All<PriorityBand>()]),
                ("threatCategory", request.ThreatCategory is null || vocabulary.Threats.Contains(request.ThreatCategory) ? null : ReferralsProblems.NotInList("threatCategory", vocabulary.Threats)),
                ("narrative", request.ThreatCategory is null && string.IsNullOrWhiteSpace(request.Narrative) ? ReferralsProblems.NothingTold : null),
                BirthDate(subject, now), .. Limits(request),
            ]);
    }

    /// <summary>Which of these would be accepted now. The transaction acts as referring from then on.</summary>
    public static async Task<IReadOnlyList<bool>> CanBeAcceptedAsync(
        ReferralsDb db, Caller caller, IReadOnlyList<SubmitReferralRequest?> told, DateTimeOffset now, CancellationToken cancellation)
    {
        var earlier = told.Select(each => each?.Follows).OfType<Guid>().Distinct().ToArray();
        if (earlier.Length > 0)
        {
            await db.ActForAsync(caller, cancellation, WorkPurpose.Referring);
            earlier = await Casework.ReferredBy(db, caller).Where(referral => earlier.Contains(referral.Id)).Select(referral => referral.Id).ToArrayAsync(cancellation);
        }

        return [.. told.Select(each => each is not null && Refusal(each, now) is null && (each.Follows is not { } follows || earlier.Contains(follows)))];
    }

    /// <summary>Refusals of texts over their limits, and of too many aliases.</summary>
    public static IEnumerable<(string Field, Problem? Problem)> Limits(SubmitReferralRequest request)
    {
        var subject = request.Subject;
        return
        [
            ("subject.aliases", subject?.Aliases?.Count > 20 ? ReferralsProblems.TooManyAliases : null),
            .. TextLimit.Of(
                "referrals",
                [
                    ("narrative", request.Narrative), ("subject.name", subject?.Name), ("subject.contact", subject?.Contact), ("subject.location", subject?.Location),
                    .. (subject?.Aliases ?? []).Select(alias => ("subject.aliases", alias)),
                ]),
        ];
    }

    public static (string Field, Problem? Problem) BirthDate(SubjectOfReferral? subject, DateTimeOffset now) =>
        ("subject.dateOfBirth", subject?.DateOfBirth is { } born && !IsPossible(born, now) ? ReferralsProblems.DateInvalid : null);

    private static bool IsPossible(string born, DateTimeOffset now)
    {
        var today = UkCalendar.Day(now);
        return born == "not-known"
            || (DateOnly.TryParseExact(born, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                && date <= today && date >= today.AddYears(-130));
    }

    /// <summary>What the request tells, field by field; blank ones are left out.</summary>
    public static IEnumerable<(string Field, string Text)> Texts(SubmitReferralRequest request)
    {
        var aliases = (request.Subject?.Aliases ?? []).Where(alias => !string.IsNullOrWhiteSpace(alias)).ToArray();
        (string Field, string? Text)[] texts =
        [
            (SealedFields.Narrative, request.Narrative),
            (SealedFields.Name, request.Subject?.Name),
            (SealedFields.Aliases, aliases.Length == 0 ? null : JsonSerializer.Serialize(aliases)),
            (SealedFields.DateOfBirth, request.Subject?.DateOfBirth),
            (SealedFields.Contact, request.Subject?.Contact),
            (SealedFields.Location, request.Subject?.Location),
        ];
        return texts.Where(text => !string.IsNullOrWhiteSpace(text.Text)).Select(text => (text.Field, text.Text!));
    }
}
