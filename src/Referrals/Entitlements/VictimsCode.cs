using System.Text.Json;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Entitlements;

/// <summary>One right of a person in a case: due, done, or not done for a reason.</summary>
internal sealed class Entitlement
{
    public required int Right { get; init; }

    public required string Code { get; init; }

    public required bool Enhanced { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public DateTimeOffset? SettledAt { get; private set; }

    public string? SettledBy { get; private set; }

    /// <summary>Why it was not done; null where it was, or is still to be.</summary>
    public string? NotDoneReason { get; private set; }

    public void Settle(string? notDoneReason, string by, DateTimeOffset now) => (NotDoneReason, SettledBy, SettledAt) = (notDoneReason, by, now);

    public string StateAt(DateTimeOffset now) => SettledAt is not null ? NotDoneReason is null ? "done" : "not-done" : now > DueAt ? "overdue" : "due";
}

/// <summary>The rights of the Victims' Code with their clocks, as versioned data (victims-code.json).</summary>
internal sealed record VictimsCode(int Version, IReadOnlyList<string> EnhancedReasons, IReadOnlyList<string> NotDoneReasons, IReadOnlyList<VictimsCode.Entry> Rights)
{
    public static VictimsCode Current { get; } = Load();

    /// <summary>What a person is entitled to from now on.</summary>
    public IEnumerable<Entitlement> Begin(bool enhanced, string jurisdiction, DateTimeOffset now) => Rights.Select(entry => new Entitlement
    {
        Right = entry.Right, Code = entry.Code, Enhanced = enhanced,
        DueAt = ClockTarget.Parse(enhanced ? entry.Enhanced : entry.Target).DueAt(jurisdiction, now, [])!.Value,
    });

    private static VictimsCode Load()
    {
        using var stream = typeof(VictimsCode).Assembly.GetManifestResourceStream("victims-code.json") ?? throw new InvalidOperationException("victims-code.json is not embedded.");
        return JsonSerializer.Deserialize<VictimsCode>(stream, JsonSerializerOptions.Web) ?? throw new InvalidOperationException("victims-code.json is empty.");
    }

    internal sealed record Entry(int Right, string Code, string Target, string Enhanced);
}

/// <param name="Enhanced">Whether the person has enhanced rights. Asked for and never assumed: twelve clocks begin by the answer, once.</param>
/// <param name="EnhancedReason">Why, where they have; left out where they have not.</param>
internal sealed record EntitlementsRequest(bool Enhanced, string? EnhancedReason = null);

/// <param name="NotDoneReason">Why it was not done; left out where it was.</param>
internal sealed record EntitlementOutcomeRequest(int? Right, string? NotDoneReason = null);

/// <summary>Begins the entitlements of a case, and settles each of them.</summary>
internal static class SettleEntitlements
{
    public static async Task<IResult> BeginAsync(string id, EntitlementsRequest request, HttpContext http, Caller caller, Casework casework)
    {
        var problem = Fields.Refusal(
            request.Enhanced ? Fields.OneOf("enhancedReason", request.EnhancedReason, VictimsCode.Current.EnhancedReasons)
                : ("enhancedReason", request.EnhancedReason is null ? null : ReferralsProblems.NotEnhanced));
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.BeginEntitlements, [], (referral, now) => referral.BeginEntitlements(VictimsCode.Current, request.EnhancedReason, now));
    }

    public static async Task<IResult> SettleAsync(string id, EntitlementOutcomeRequest request, HttpContext http, Caller caller, Casework casework)
    {
        var problem = request.NotDoneReason is null ? null : ReferralVocabulary.NotAllOf("notDoneReason", [request.NotDoneReason], VictimsCode.Current.NotDoneReasons);
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.SettleEntitlement, [],
            (referral, now) => referral.SettleEntitlement(request.Right ?? 0, request.NotDoneReason, caller.Actor, now));
    }
}
