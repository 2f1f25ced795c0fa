using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Messaging;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.DueWork;
using Soc.Partners.Organisations;

namespace Soc.Partners.Attestations;

/// <summary>Configuration under <c>Attestations</c>.</summary>
internal sealed class AttestationOptions
{
    /// <summary>How many days of a quarter an organisation has to attest in.</summary>
    [Range(1, 80)]
    public int GraceDays { get; init; } = 28;
}

/// <summary>
/// Gives each organisation that has gone live its duty to attest, and cuts off, once, whoever is overdue. An organisation that has none yet was live for a
/// moment only, or before there were attestations: either way its first is due in the next quarter.
/// </summary>
internal sealed class AttestationClock(IOptions<AttestationOptions> options) : IDueWork
{
    public string Name => "attestation-clock";

    public TimeSpan Every => TimeSpan.FromSeconds(1);

    public async Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var graceDays = options.Value.GraceDays;
        var live = db.Organisations.Where(organisation => organisation.Status == OrganisationStatus.Live).Select(organisation => organisation.Id);
        var bare = await live.Where(id => !db.AttestationDuties.Any(duty => duty.OrganisationId == id)).ToListAsync(cancellation);
        db.AttestationDuties.AddRange(bare.Select(id => AttestationDuty.Of(id, graceDays, now)));
        await FollowConfigurationAsync(db, graceDays, now, cancellation);

        var overdue = await db.AttestationDuties.Where(duty => !duty.Lapsed && duty.SharedUntil <= now && live.Contains(duty.OrganisationId))
            .OrderBy(duty => duty.OrganisationId).ToListAsync(cancellation);
        foreach (var duty in overdue)
        {
            if (duty.Lapse(now) is { } lapsed)
            {
                db.Publish(lapsed, duty.Id, duty.EventVersion);
                db.AuditClock(this, "attestation.lapse", duty.OrganisationId, now);
                await db.CutOffUntilNowAsync(duty.OrganisationId, cancellation);
            }
        }
    }

    /// <summary>A time of grace that was configured anew holds for everybody, also for those whom the old one had left behind.</summary>
    private static async Task FollowConfigurationAsync(PartnersDb db, int graceDays, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var dueFrom in await db.AttestationDuties.Select(duty => duty.DueFrom).Distinct().ToListAsync(cancellation))
        {
            var end = AttestationDuty.EndOfGrace(dueFrom, graceDays);
            await db.AttestationDuties.Where(duty => duty.DueFrom == dueFrom && duty.SharedUntil != end).ExecuteUpdateAsync(
                set => set.SetProperty(duty => duty.SharedUntil, end).SetProperty(duty => duty.Lapsed, duty => duty.Lapsed && end <= now), cancellation);
        }
    }
}
