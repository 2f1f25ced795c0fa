using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Soc.Contracts.Partners;
using Soc.Contracts.Referrals;
using Soc.Contracts.Strategy;
using Soc.Reporting.Data;

namespace Soc.Reporting.Log;

/// <summary>What each event does to the read models: the one place, both when it arrives and when the models are made again from the log.</summary>
internal static class Projection
{
    /// <summary>Applies an event; the caller saves, in the transaction that logs the event.</summary>
    public static async Task ApplyAsync(ReportingDb db, object message, long version, CancellationToken cancellation)
    {
        switch (message)
        {
            case StrategyPublished e:
                db.Add(new StrategyRow(e.StrategyId, e));
                break;
            case DevelopmentRecorded e:
                db.Add(new DevelopmentRow(e.StrategyId, version, e));
                break;
            case AnnualReportPublished e:
                db.Add(new AnnualReportRow(e.StrategyId, version, e.Year, e));
                break;
            case WrittenQuestionAnswered e:
                db.Add(new WrittenAnswerRow(e.StrategyId, version, e.Answered, e));
                break;
            case OrganisationRegistered e:
                db.Add(new PartnerRow { OrganisationId = e.OrganisationId, Sector = e.Sector, Status = "registered" });
                break;
            case OrganisationChanged e:
                (await PartnerAsync(e.OrganisationId)).Status = e.Status;
                break;
            case OrganisationSuspended e:
                (await PartnerAsync(e.OrganisationId)).Status = "suspended";
                break;
            case OrganisationReinstated e:
                (await PartnerAsync(e.OrganisationId)).Status = e.Status;
                break;
            case OrganisationClosed e:
                (await PartnerAsync(e.OrganisationId)).Status = "closed";
                break;
            case AgreementActivated e:
                db.Add(new AgreementRow(e.AgreementId, e.Parties.Count, e.ReviewDate));
                break;
            case ApplicationReminded or ForumCreated or ForumMemberJoined or ForumMemberLeft or ForumClosed or SharingGroupMemberAdded or SharingGroupMemberRemoved or RevocationIssued or RevocationAcknowledged or RevocationOverdue
                or ClientApproved or CredentialRotated or CredentialRevoked or CredentialExpiring or WebhookDisabled:
                break; // in the log alone: no report tells of them
            case AgreementReviewed e:
                var reviewed = await AgreementAsync(e.AgreementId);
                db.Entry(reviewed).CurrentValues.SetValues(reviewed with { ReviewDate = e.ReviewDate });
                break;
            case AgreementExpired e:
                db.Remove(await AgreementAsync(e.AgreementId));
                break;
            case AgreementTerminated e:
                db.Remove(await AgreementAsync(e.AgreementId));
                break;
            case AgreementReviewDue or AttestationMade or AttestationOverdue:
                // Logged; no read model shows it.
                break;
            default:
                throw new InvalidOperationException($"Nothing is made of {message.GetType().Name}.");
        }

        // Events of one aggregate arrive in the order of its versions, so the registration has come before.
        async Task<PartnerRow> PartnerAsync(Guid id) => await db.Partners.FindAsync([id], cancellation)
            ?? throw new InvalidOperationException($"Organisation {id} changed before it was registered.");

        async Task<AgreementRow> AgreementAsync(Guid id) => await db.Agreements.FindAsync([id], cancellation)
            ?? throw new InvalidOperationException($"Agreement {id} changed before it was active.");
    }

    /// <summary>Counts a statistical fact in its measure and year, at once and safely beside others that do the same.</summary>
    public static Task CountAsync(ReportingDb db, object fact, CancellationToken cancellation)
    {
        var (measure, week) = fact switch
        {
            ReferralSubmitted f => ("submitted", f.Week),
            ReferralTriaged f => ("triaged", f.Week),
            ReferralDecided f => ("decided", f.Week),
            ReferralActivated f => ("activated", f.Week),
            ReferralReviewed f => ("reviewed", f.Week),
            ReferralClosed f => ("closed", f.Week),
            ReferralTransferred f => ("transferred", f.Week),
            BreakGlassUsed f => ("break-glass-used", f.Week),
            BreakGlassReviewed f => ("break-glass-reviewed", f.Week),
            ClockBreached f => ("clock-breached", f.Week),
            _ => throw new InvalidOperationException($"Nothing is counted of {fact.GetType().Name}."),
        };
        var year = int.Parse(week.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture);
        return db.Database.ExecuteSqlAsync(
            $"""
            insert into referral_count (year, measure, count) values ({year}, {measure}, 1)
            on conflict (year, measure) do update set count = referral_count.count + 1
            """,
            cancellation);
    }
}
