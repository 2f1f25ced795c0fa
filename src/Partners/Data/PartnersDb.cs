using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Messaging;
using Soc.Partners.Agreements;
using Soc.Partners.Audit;
using Soc.Partners.Clients;
using Soc.Partners.CutOffs;
using Soc.Partners.Organisations;
using Soc.Partners.Tokens;
using Soc.ServiceDefaults;

namespace Soc.Partners.Data;

/// <summary>The Partners service's database.</summary>
internal sealed class PartnersDb(DbContextOptions<PartnersDb> options) : DbContext(options)
{
    public DbSet<Organisation> Organisations => Set<Organisation>();

    public DbSet<Agreement> Agreements => Set<Agreement>();

    public DbSet<ApiClient> Clients => Set<ApiClient>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    public DbSet<CutOff> CutOffs => Set<CutOff>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.MapOrganisationTables();
        modelBuilder.MapAgreementTables();
        modelBuilder.MapClientTables();
        modelBuilder.MapTokenTables();
        modelBuilder.MapCutOffTables();
        modelBuilder.MapAuditTables();
        NameColumnsInSnakeCase(modelBuilder);
        modelBuilder.AddMessagingTables();
    }

    private static void NameColumnsInSnakeCase(ModelBuilder modelBuilder)
    {
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            var prefix = entity.IsOwned() ? entity.FindOwnership()!.PrincipalToDependent!.Name : "";
            foreach (var property in entity.GetProperties().Where(property => !(entity.IsOwned() && property.IsPrimaryKey())))
            {
                property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(prefix + property.Name));
            }
        }
    }
}
