using Microsoft.EntityFrameworkCore;

namespace Soc.Partners.Data;

/// <summary>What the service's role may not do: it can only add to the audit trail, and only read the signing keys.</summary>
internal static class ServiceGrants
{
    public static Task RestrictAsync(PartnersDb db) => db.Database.ExecuteSqlAsync(
        $"""
         do $$ begin
           execute format('revoke update, delete, truncate on audit_entry from %I', current_setting('soc.role'));
           execute format('revoke insert, update, delete, truncate on signing_key from %I', current_setting('soc.role'));
         end $$
         """);
}
