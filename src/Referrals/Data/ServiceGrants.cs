using Microsoft.EntityFrameworkCore;

namespace Soc.Referrals.Data;

/// <summary>What the service's role may do at all; which rows it then sees, the policies of the RowSecurity migration say.</summary>
internal static class ServiceGrants
{
    /// <summary>Takes everything from the role that it does not need: of these tables it deletes nothing but drafts, and what is written once it never changes.</summary>
    public static Task RestrictAsync(ReferralsDb db) => db.Database.ExecuteSqlAsync(
        $"""
         do $$
         declare
             service text := current_setting('soc.role');
             written_once text;
         begin
             foreach written_once in array array['assessment', 'decision', 'interim_protection', 'bulk_transfer_item', 'arrangement', 'sealed_field', 'data_key', 'referrer_update', 'audit_entry'] loop
                 execute format('revoke all on %I from %I', written_once, service);
                 execute format('grant select, insert on %I to %I', written_once, service);
             end loop;
             execute format('grant update (position, given) on referrer_update to %I', service);
             execute format('revoke all on referral, update_feed, case_member, case_review, transfer, bulk_transfer, break_glass, threat_notice_count, draft from %I', service);
             execute format('grant select, insert, update on referral, update_feed, case_member, case_review, transfer, bulk_transfer, break_glass, threat_notice_count, draft to %I', service);
             execute format('grant delete on draft to %I', service);
         end $$
         """);
}
