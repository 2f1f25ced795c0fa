using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Soc.Messaging.Worker;

/// <summary>For dotnet-ef, which needs the model and no database.</summary>
internal sealed class LedgerDbFactory : IDesignTimeDbContextFactory<LedgerDb>
{
    public LedgerDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<LedgerDb>().UseNpgsql().Options);
}
