using Microsoft.EntityFrameworkCore;

namespace Soc.Partners.Data;

/// <summary>
/// What the service's role may not do: it can only add to the audit trail, to the attestations and to the records of what was shared, received and accepted, only
/// end memberships and not rewrite them, and only read the signing keys.
/// </summary>
internal static class ServiceGrants
{
    public static Task RestrictAsync(PartnersDb db) => db.Database.ExecuteSqlAsync(
        $"""
         do $$ begin
           execute format('revoke update, delete, truncate on audit_entry, attestation, share, disclosure, sharing_group_membership from %I', current_setting('soc.role'));
           execute format('grant update (until, beginning_told, end_told) on sharing_group_membership to %I', current_setting('soc.role'));
           execute format('revoke update, delete, truncate on terms_acceptance from %I', current_setting('soc.role'));
           execute format('revoke insert, update, delete, truncate on signing_key from %I', current_setting('soc.role'));
         end $$
         """);
}
