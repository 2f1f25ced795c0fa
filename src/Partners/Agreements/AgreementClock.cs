using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Messaging;
using Soc.Partners.Data;
using Soc.Partners.DueWork;

namespace Soc.Partners.Agreements;

/// <summary>Configuration under <c>Agreements</c>.</summary>
internal sealed class AgreementOptions
{
    /// <summary>How many days before its review date an agreement falls due for review.</summary>
    [Range(1, 365)]
    public int ReviewNoticeDays { get; init; } = 60;
}

/// <summary>
/// Says what the clock has brought about, once each: that a review is due, that an agreement has expired or a termination taken effect. The agreement gives nothing
/// from its last instant on, also while nobody has said so yet; this cuts off the tokens that were given before.
/// </summary>
internal sealed class AgreementClock(IOptions<AgreementOptions> options) : IDueWork
{
    public string Name => "agreement-clock";

    /// <summary>With the half second after which every process has heard of a cut-off, well within the two seconds that are promised.</summary>
    public TimeSpan Every => TimeSpan.FromSeconds(0.5);

    public async Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var notice = TimeSpan.FromDays(options.Value.ReviewNoticeDays);

        // A day more than the notice: the exact instant is a midnight in London, which the agreement knows.
        var nearly = DateOnly.FromDateTime(now.UtcDateTime + notice).AddDays(1);
        var due = await db.Agreements.Where(agreement =>
                (agreement.Status == AgreementStatus.Active && agreement.ReviewDate <= nearly)
                || (agreement.Status == AgreementStatus.ReviewDue && agreement.ReviewDate <= DateOnly.FromDateTime(now.UtcDateTime))
                || ((agreement.Status == AgreementStatus.Active || agreement.Status == AgreementStatus.ReviewDue) && agreement.TerminatesAt <= now))
            .OrderBy(agreement => agreement.Id).ToListAsync(cancellation);
        var ended = new List<Agreement>();
        foreach (var agreement in due)
        {
            if (agreement.Tick(notice, now) is { } brought)
            {
                db.Publish(brought, agreement.Id, agreement.EventVersion);
                db.AuditClock(this, "agreement." + agreement.Status.Code(), agreement.Id, now);
            }

            if (!agreement.Status.InForce())
            {
                ended.Add(agreement);
            }
        }

        await db.CutOffPartiesAsync(ended, now, cancellation);
    }
}
