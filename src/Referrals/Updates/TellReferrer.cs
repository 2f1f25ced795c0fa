using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;

namespace Soc.Referrals.Updates;

internal static class TellReferrer
{
    /// <summary>
    /// Adds the update about what somebody else has done to a referral, and the notice that there is one. The notice names the organisation and nothing else; it goes the way
    /// of the statistical facts (a trace of its own, no aggregate, its time cut to the hour, a random delay), because one that left at once would tell by its
    /// moment which fact belongs to it, and so what came of whose referral.
    /// </summary>
    public static void TellReferrerOf(this ReferralsDb db, Referral referral, DateTimeOffset now)
    {
        db.Add(ReferrerUpdate.Of(referral, now));
        db.PublishFact(new NoticeIssued(referral.ReferringOrganisation, Guid.NewGuid()));
    }
}
