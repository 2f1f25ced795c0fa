using Soc.Partners.Audit;
using Soc.Partners.Data;

namespace Soc.Partners.DueWork;

internal static class ClockAudit
{
    /// <summary>Adds the audit entry of something that the clock brought about; it is saved with the change.</summary>
    public static void AuditClock(this PartnersDb db, IDueWork work, string action, Guid subject, DateTimeOffset now) => db.AuditEntries.Add(new AuditEntry
    {
        At = now,
        Actor = "clock",
        ClientId = work.Name,
        OrganisationId = null,
        Action = action,
        SubjectId = subject.ToString(),
        Outcome = AuditEntry.Done,
    });
}
