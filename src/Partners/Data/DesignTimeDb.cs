using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Soc.Partners.Data;

/// <summary>Lets <c>dotnet ef</c> see the model without a configured or running database.</summary>
internal sealed class DesignTimeDb : IDesignTimeDbContextFactory<PartnersDb>
{
    public PartnersDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<PartnersDb>().UseNpgsql().Options);
}
