using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;
using Soc.Partners.DueWork;

namespace Soc.Partners.Tokens;

/// <summary>Forgets assertions that nobody can use again because they have expired, by the clock of any replica.</summary>
internal sealed class UsedAssertionPurge : IDueWork
{
    public string Name => "used-assertion-purge";

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"delete from used_assertion where expires_at < now() - interval '5 minutes'", cancellation);
}
