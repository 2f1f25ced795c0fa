namespace Soc.Partners.Agreements;

/// <summary>How far an agreement has come.</summary>
internal enum AgreementStatus
{
    Draft,
    UnderReview,
    Signed,
    Active,
    ReviewDue,
    Expired,
    Terminated,
}

internal enum AgreementVerb
{
    ChangeTerms,
    Submit,
    Redraft,
    Sign,
    RecordSignature,
    Activate,
    FallDue,
    Review,
    Expire,
    Terminate,
}

/// <summary>The life of an agreement, by act and by clock.</summary>
internal static class AgreementLife
{
    /// <summary>
    /// Where a verb leads, or null where the status does not allow it. The last signature of all leads on to <see cref="AgreementStatus.Signed"/>. A signature
    /// on paper says that its party has seen the terms: it closes the draft. What is signed is changed only by taking every signature back with the redraft.
    /// </summary>
    public static AgreementStatus? After(AgreementStatus status, AgreementVerb verb) => (status, verb) switch
    {
        (AgreementStatus.Draft, AgreementVerb.ChangeTerms) => AgreementStatus.Draft,
        (AgreementStatus.Draft, AgreementVerb.Submit) => AgreementStatus.UnderReview,
        (AgreementStatus.Draft or AgreementStatus.UnderReview, AgreementVerb.RecordSignature) => AgreementStatus.UnderReview,
        (AgreementStatus.UnderReview, AgreementVerb.Sign) => AgreementStatus.UnderReview,
        (AgreementStatus.UnderReview or AgreementStatus.Signed, AgreementVerb.Redraft) => AgreementStatus.Draft,
        (AgreementStatus.Signed, AgreementVerb.Activate) => AgreementStatus.Active,
        (AgreementStatus.Active, AgreementVerb.FallDue) => AgreementStatus.ReviewDue,
        (AgreementStatus.Active or AgreementStatus.ReviewDue, AgreementVerb.Review) => AgreementStatus.Active,
        (AgreementStatus.Active or AgreementStatus.ReviewDue, AgreementVerb.Expire) => AgreementStatus.Expired,
        (AgreementStatus.Active or AgreementStatus.ReviewDue, AgreementVerb.Terminate) => AgreementStatus.Terminated,
        _ => null,
    };

    /// <summary>What it ends as at an instant by the clock alone, of what ends it first, whether or not the due work has come to it.</summary>
    public static AgreementStatus At(AgreementStatus status, DateOnly reviewDate, DateTimeOffset? terminatesAt, DateTimeOffset now) => status switch
    {
        AgreementStatus.Active or AgreementStatus.ReviewDue when EndsAt(reviewDate, terminatesAt) > now => status,
        AgreementStatus.Active or AgreementStatus.ReviewDue => terminatesAt < EndOf(reviewDate) ? AgreementStatus.Terminated : AgreementStatus.Expired,
        _ => status,
    };

    /// <summary>When an agreement in force gives no more access: at the end of its review date in the United Kingdom, or with a termination that comes before.</summary>
    public static DateTimeOffset EndsAt(DateOnly reviewDate, DateTimeOffset? terminatesAt) =>
        terminatesAt is { } termination && termination < EndOf(reviewDate) ? termination : EndOf(reviewDate);

    public static bool InForce(this AgreementStatus status) => status is AgreementStatus.Active or AgreementStatus.ReviewDue;

    public static string Code(this AgreementStatus status) => status switch
    {
        AgreementStatus.Draft => "draft",
        AgreementStatus.UnderReview => "under-review",
        AgreementStatus.Signed => "signed",
        AgreementStatus.Active => "active",
        AgreementStatus.ReviewDue => "review-due",
        AgreementStatus.Expired => "expired",
        AgreementStatus.Terminated => "terminated",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    public static AgreementStatus Parse(string code) => Enum.GetValues<AgreementStatus>().Single(status => status.Code() == code);

    private static DateTimeOffset EndOf(DateOnly reviewDate) => ServiceDefaults.UkCalendar.EndOf(reviewDate);
}
