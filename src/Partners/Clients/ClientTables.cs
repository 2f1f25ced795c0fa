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
            client.Property(c => c.Reference).HasDefaultValueSql("gen_random_uuid()");
            client.Property(c => c.Version).IsConcurrencyToken();
            client.Property(c => c.EventVersion).IsConcurrencyToken();
            client.Property(c => c.Certificates).HasDefaultValueSql("'{}'");
            client.HasOne<Organisation>().WithMany().HasForeignKey(c => c.OrganisationId);
            client.HasMany(c => c.Keys).WithOne().HasForeignKey(k => k.ClientId);
            client.HasMany(c => c.Secrets).WithOne().HasForeignKey(s => s.ClientId);
            client.Navigation(c => c.Keys).AutoInclude();
            client.Navigation(c => c.Secrets).AutoInclude();
        });
        model.Entity<ClientKey>(key =>
        {
            key.ToTable("client_key");
            key.HasKey(k => new { k.ClientId, k.KeyId });
            key.HasIndex(k => new { k.OrganisationId, k.Thumbprint }).IsUnique();

            // What an older replica registers during a release has the life of any other key.
            key.Property(k => k.NotBefore).HasDefaultValueSql("now()");
            key.Property(k => k.ExpiresAt).HasDefaultValueSql("now() + interval '365 days'");
        });
        model.Entity<ClientSecret>(secret =>
        {
            secret.ToTable("client_secret");
            secret.Property(s => s.Id).ValueGeneratedNever();
            secret.HasIndex(s => s.ClientId);
        });
    }
}
