using Microsoft.EntityFrameworkCore;
using Soc.Partners.Organisations;

namespace Soc.Partners.Clients;

internal static class ClientTables
{
    public static void MapClientTables(this ModelBuilder model)
    {
        model.Entity<ApiClient>(client =>
        {
            client.ToTable("api_client");
            client.Property(c => c.Id).HasMaxLength(64);
            client.Property(c => c.Version).IsConcurrencyToken();
            client.HasOne<Organisation>().WithMany().HasForeignKey(c => c.OrganisationId);
            client.HasMany(c => c.Keys).WithOne().HasForeignKey(k => k.ClientId);
            client.Navigation(c => c.Keys).AutoInclude();
        });
        model.Entity<ClientKey>(key =>
        {
            key.ToTable("client_key");
            key.HasKey(k => new { k.ClientId, k.KeyId });
            key.HasIndex(k => k.Thumbprint).IsUnique();
        });
    }
}
