using System.Globalization;
using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Sealing;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Reviews;

/// <summary>A class and not a record: a record's ToString would print the note.</summary>
internal sealed class ReviewConclusionRequest
{
    public string? Outcome { get; init; }

    public string? Note { get; init; }

    /// <summary>When the next review is due, if earlier than after the longest interval.</summary>
    public string? NextReview { get; init; }
}

/// <summary>Reviews protection arrangements. A review ends with the date of the next one: there is always one.</summary>
internal static class ReviewArrangements
{
    public static Task<IResult> StartAsync(string id, HttpContext http, Caller caller, Casework casework) =>
        casework.ChangeAsync(http, caller, id, ReferralVerb.Review, [], (referral, now) => referral.Review(Guid.CreateVersion7(now), caller.Actor, now));

    public static async Task<IResult> ConcludeAsync(
        string id, ReviewConclusionRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db, TimeProvider clock)
    {
        var problem = Fields.Refusal(
            [
                Fields.OneOf("outcome", request.Outcome, ReferralVocabulary.Current.ReviewOutcomes), .. TextLimit.Of("review-conclusion", ("note", request.Note)),
                ("nextReview", ReviewDate.Refusal(request.NextReview, casework.Options.ReviewIntervalDays, clock.Now())),
            ]);
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.ConcludeReview, [(SealedFields.ReviewNote, request.Note)],
            (referral, now) => referral.ConcludeReview(request.Outcome!, ReviewDate.Of(request.NextReview, casework.Options.ReviewIntervalDays, now), now),
            (referral, now) => db.PublishFact(new ReferralReviewed(Guid.NewGuid(), referral.Region, request.Outcome!, StatisticalWeek.Of(now))));
    }
}

/// <summary>When arrangements are reviewed next: by the end of a day in London that is after today and within the longest interval.</summary>
internal static class ReviewDate
{
    public static Problem? Refusal(string? asked, int intervalDays, DateTimeOffset now) =>
        asked is null || (TryParse(asked, out var day) && day > UkCalendar.Day(now) && day <= UkCalendar.Day(now).AddDays(intervalDays)) ? null : ReferralsProblems.ReviewDateInvalid;

    public static DateTimeOffset Of(string? asked, int intervalDays, DateTimeOffset now) =>
        UkCalendar.EndOf(asked is not null && TryParse(asked, out var day) ? day : UkCalendar.Day(now).AddDays(intervalDays));

    private static bool TryParse(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
}
