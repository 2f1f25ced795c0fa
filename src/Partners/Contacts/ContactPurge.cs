using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Partners.Data;
using Soc.Partners.DueWork;
using Soc.Partners.Organisations;

namespace Soc.Partners.Contacts;

/// <summary>Configuration section <c>Contacts</c>.</summary>
internal sealed class ContactSettings
{
    /// <summary>For how many days the contacts of an organisation are kept after its entry was closed. Ours, not a rule of law.</summary>
    [Range(0, 3650)]
    public int DaysKeptAfterClosure { get; set; } = 90;
}

/// <summary>Deletes the contacts of organisations that were closed long enough ago: nobody speaks to them any more.</summary>
internal sealed class ContactPurge(IOptions<ContactSettings> settings) : IDueWork
{
    /// <summary>So that one transaction does not hold everybody's.</summary>
    private const int AtOnce = 500;

    public string Name => "contact-purge";

    public TimeSpan Every => TimeSpan.FromMinutes(10);

    public async Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        // Closed before the instant was kept, or by an older replica during a release: it counts from now.
        await db.Organisations.Where(organisation => organisation.Status == OrganisationStatus.Closed && organisation.ClosedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(organisation => organisation.ClosedAt, now), cancellation);
        var until = now.AddDays(-settings.Value.DaysKeptAfterClosure);
        var due = await db.Contacts
            .Where(contact => db.Organisations.Any(organisation => organisation.Id == contact.OrganisationId
                && organisation.Status == OrganisationStatus.Closed && organisation.ClosedAt <= until))
            .OrderBy(contact => contact.Id).Take(AtOnce).ToListAsync(cancellation);
        db.Contacts.RemoveRange(due);
        due.ForEach(contact => db.AuditClock(this, "contact.purge", contact.Id, now));
    }
}
