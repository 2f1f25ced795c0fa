using Microsoft.EntityFrameworkCore;

namespace Soc.Partners.Tokens;

internal static class TokenTables
{
    public static void MapTokenTables(this ModelBuilder model)
    {
        model.Entity<SigningKey>(key =>
        {
            key.ToTable("signing_key");
            key.HasKey(k => k.KeyId);
            key.Property(k => k.SignsFrom).HasDefaultValueSql("now()");
        });
        model.Entity<UsedAssertion>(assertion =>
        {
            assertion.ToTable("used_assertion");
            assertion.HasKey(a => new { a.ClientId, a.Jti });
            assertion.HasIndex(a => a.ExpiresAt);
        });
    }
}
