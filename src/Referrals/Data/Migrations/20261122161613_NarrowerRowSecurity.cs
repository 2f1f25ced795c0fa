using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Referrals.Data.Migrations
{
    /// <summary>Rows that some of the policies so far showed, or let change, beyond what the purpose needs.</summary>
    public partial class NarrowerRowSecurity : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "cancelled_at",
                table: "transfer",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "cancelled_by",
                table: "transfer",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "region",
                table: "break_glass",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "sealed_reference",
                table: "break_glass",
                type: "bytea",
                nullable: true);

            migrationBuilder.Sql(
                """
                -- What was written before: the region of an access from its case, and one open bulk transfer of a unit. The owner sees the rows only while their
                -- security does not bind it.
                alter table break_glass no force row level security;
                alter table bulk_transfer no force row level security;
                alter table referral no force row level security;
                update break_glass g set region = r.region from referral r where r.id = g.referral_id;
                update bulk_transfer b set status = 'cancelled' where status = 'proposed' and exists (
                    select from bulk_transfer o where o.from_unit = b.from_unit and o.id <> b.id and (o.status = 'running' or (o.status = 'proposed' and o.id > b.id)));
                alter table break_glass force row level security;
                alter table bulk_transfer force row level security;
                alter table referral force row level security;

                -- The one case that the transaction has found and works on: by the change itself its purpose may lose sight of it.
                create function soc_case() returns uuid language sql stable
                    return nullif(current_setting('soc.case', true), '')::uuid;

                -- A receiving unit finds what it has to answer, and the case that it is answering; it changes nothing that is not proposed to it, or agreed and to come.
                drop policy receiver_finds on referral;
                create policy receiver_finds on referral for select
                    using (receiving_unit = soc_organisation() and soc_purpose() = 'receiving' and soc_has_scope('referrals.transfer')
                           and (status = 'transfer-proposed' or (status = 'transfer-accepted' and effective_at > now()) or id = soc_case()));
                drop policy receiver_answers on referral;
                create policy receiver_answers on referral for update
                    using (receiving_unit = soc_organisation() and soc_purpose() = 'receiving' and soc_has_scope('referrals.transfer')
                           and (status = 'transfer-proposed' or (status = 'transfer-accepted' and effective_at > now())))
                    with check (receiving_unit = soc_organisation() and soc_purpose() = 'receiving' and soc_has_scope('referrals.transfer') and id = soc_case());

                -- A load moves only while both units have agreed on it, and of the members only those whom the receiving unit names for the case that moves.
                drop policy load_is_found on referral;
                create policy load_is_found on referral for select
                    using (responsible_unit = soc_organisation() and soc_purpose() = 'moving'
                           and (soc_unit_now(responsible_unit, receiving_unit, effective_at) = soc_organisation() or id = soc_case())
                           and exists (select from bulk_transfer b where b.from_unit = soc_organisation() and b.status = 'running'));
                drop policy load_moves on referral;
                create policy load_moves on referral for update
                    using (responsible_unit = soc_organisation() and soc_purpose() = 'moving' and id = soc_case()
                           and soc_unit_now(responsible_unit, receiving_unit, effective_at) = soc_organisation())
                    with check (responsible_unit = soc_organisation() and soc_purpose() = 'moving' and id = soc_case());
                -- A function, because a policy of case_member that looked elsewhere itself would be asked again by the policies of referral, which look there.
                create function soc_moves_to(unit uuid) returns boolean language sql stable
                    return exists (select from bulk_transfer b where b.from_unit = soc_organisation() and b.to_unit = unit and b.status = 'running');
                drop policy load_has_members on case_member;
                create policy load_has_members on case_member for select
                    using (soc_purpose() = 'moving' and referral_id = soc_case() and soc_moves_to(unit));
                drop policy load_ends_members on case_member;
                create policy load_ends_members on case_member for update
                    using (soc_purpose() = 'moving' and referral_id = soc_case() and soc_moves_to(unit));
                drop policy load_gets_members on case_member;
                create policy load_gets_members on case_member for insert
                    with check (soc_purpose() = 'moving' and referral_id = soc_case() and soc_moves_to(unit));
                drop policy of_the_unit_changes on case_member;
                create policy of_the_unit_changes on case_member for update
                    using (unit = soc_organisation() and exists (select from referral where referral.id = referral_id));

                -- Who writes for a case sees the case: its referrer as it is submitted, its team afterwards.
                drop policy by_any_organisation on sealed_field;
                create policy to_the_case on sealed_field for insert
                    with check (soc_purpose() in ('casework', 'referring') and exists (select from referral where referral.id = referral_id));
                drop policy by_any_organisation on data_key;
                create policy to_the_case on data_key for insert
                    with check (soc_purpose() = 'referring' and exists (select from referral where referral.id = referral_id and referring_organisation = soc_organisation()));
                drop policy by_any_organisation on referrer_update;
                create policy to_its_referrer on referrer_update for insert
                    with check (exists (select from referral where referral.id = referral_id and referral.referring_organisation = organisation));

                -- The record of a transfer: to who proposed it and to the case's team; to the receiving unit's coordinators while it is theirs to answer or was accepted
                -- there. One case of a bulk transfer: to the teams alone.
                drop policy of_both_units on transfer;
                create policy of_both_units on transfer for select using (soc_has_scope('referrals.transfer') and (
                    (from_unit = soc_organisation() and bulk_transfer_id is null and proposed_by = soc_actor())
                    or (to_unit = soc_organisation() and bulk_transfer_id is null and (status = 'proposed' or effective_at is not null or referral_id = soc_case()))
                    or ((from_unit = soc_organisation() or (to_unit = soc_organisation() and effective_at <= now()))
                        and exists (select from case_member m where m.referral_id = transfer.referral_id and m.unit = soc_organisation()
                                       and m.actor = soc_actor() and m.until is null))));
                drop policy either_answers on transfer;
                create policy either_answers on transfer for update
                    using (soc_has_scope('referrals.transfer') and soc_organisation() in (from_unit, to_unit)
                           and (status = 'proposed' or (status = 'accepted' and effective_at > now())))
                    with check (soc_has_scope('referrals.transfer')
                                and ((from_unit = soc_organisation() and status = 'cancelled') or (to_unit = soc_organisation() and status in ('accepted', 'refused', 'cancelled'))));
                drop policy the_old_unit_proposes on transfer;
                create policy the_old_unit_proposes on transfer for insert
                    with check (from_unit = soc_organisation() and soc_has_scope('referrals.transfer') and proposed_by = soc_actor() and status = 'proposed'
                                and bulk_transfer_id is null and exists (select from referral where referral.id = referral_id));
                create policy the_load_records on transfer for insert
                    with check (from_unit = soc_organisation() and soc_purpose() = 'moving' and referral_id = soc_case() and exists (
                        select from bulk_transfer b where b.id = bulk_transfer_id and b.from_unit = soc_organisation() and b.to_unit = transfer.to_unit and b.status = 'running'));

                drop policy of_both_units on bulk_transfer;
                create policy of_both_units on bulk_transfer for select
                    using ((soc_organisation() in (from_unit, to_unit) and soc_has_scope('referrals.transfer'))
                           or (from_unit = soc_organisation() and soc_purpose() = 'moving') or soc_purpose() = 'clock');
                drop policy either_answers on bulk_transfer;
                create policy either_answers on bulk_transfer for update
                    using (status = 'proposed' and soc_organisation() in (from_unit, to_unit) and soc_has_scope('referrals.transfer'))
                    with check (soc_has_scope('referrals.transfer') and ((from_unit = soc_organisation() and status = 'cancelled')
                                or (to_unit = soc_organisation() and status = 'running' and accepted_by = soc_actor())));
                create policy the_move_ends on bulk_transfer for update
                    using (status = 'running' and from_unit = soc_organisation() and soc_purpose() = 'moving')
                    with check (status = 'done' and from_unit = soc_organisation());
                drop policy the_old_unit_proposes on bulk_transfer;
                create policy the_old_unit_proposes on bulk_transfer for insert
                    with check (from_unit = soc_organisation() and soc_has_scope('referrals.transfer') and proposed_by = soc_actor() and status = 'proposed');

                -- A line of the report: to who may know of the case at this moment; counted by both units; what was left is not the receiving unit's.
                drop policy of_both_units on bulk_transfer_item;
                create policy of_both_units on bulk_transfer_item for select using (
                    exists (select from bulk_transfer b where b.id = bulk_transfer_id
                               and (b.from_unit = soc_organisation() or (b.to_unit = soc_organisation() and outcome = 'moved')))
                    and (soc_purpose() = 'moving' or exists (select from referral where referral.id = referral_id)));
                drop policy the_move_reports on bulk_transfer_item;
                create policy the_move_reports on bulk_transfer_item for insert
                    with check (soc_purpose() = 'moving' and referral_id = soc_case() and exists (
                        select from bulk_transfer b where b.id = bulk_transfer_id and b.from_unit = soc_organisation() and b.status = 'running'));

                -- Emergency access: a case is looked up in the unit that is responsible at this instant, and overdue reviews are counted.
                drop policy break_glass_looks_up on referral;
                create policy break_glass_looks_up on referral for select
                    using (soc_unit_now(responsible_unit, receiving_unit, effective_at) = soc_organisation() and soc_purpose() = 'break-glass-request');
                create policy clock_counts on break_glass for select using (soc_purpose() = 'clock');
                """);

            migrationBuilder.CreateIndex(
                name: "one_bulk_transfer_of_a_unit",
                table: "bulk_transfer",
                column: "from_unit",
                unique: true,
                filter: "status in ('proposed', 'running')");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                drop policy clock_counts on break_glass;
                drop policy break_glass_looks_up on referral;
                create policy break_glass_looks_up on referral for select
                    using (responsible_unit = soc_organisation() and soc_purpose() = 'break-glass-request');
                drop policy the_move_reports on bulk_transfer_item;
                create policy the_move_reports on bulk_transfer_item for insert
                    with check (soc_purpose() = 'moving' and exists (select from bulk_transfer where bulk_transfer.id = bulk_transfer_id));
                drop policy of_both_units on bulk_transfer_item;
                create policy of_both_units on bulk_transfer_item for select
                    using (exists (select from bulk_transfer where bulk_transfer.id = bulk_transfer_id));
                drop policy the_old_unit_proposes on bulk_transfer;
                create policy the_old_unit_proposes on bulk_transfer for insert with check (from_unit = soc_organisation());
                drop policy the_move_ends on bulk_transfer;
                drop policy either_answers on bulk_transfer;
                create policy either_answers on bulk_transfer for update using (soc_organisation() in (from_unit, to_unit));
                drop policy of_both_units on bulk_transfer;
                create policy of_both_units on bulk_transfer for select using (soc_organisation() in (from_unit, to_unit) or soc_purpose() = 'clock');
                drop policy the_load_records on transfer;
                drop policy the_old_unit_proposes on transfer;
                create policy the_old_unit_proposes on transfer for insert with check (from_unit = soc_organisation());
                drop policy either_answers on transfer;
                create policy either_answers on transfer for update using (soc_organisation() in (from_unit, to_unit));
                drop policy of_both_units on transfer;
                create policy of_both_units on transfer for select using (soc_organisation() in (from_unit, to_unit));
                drop policy to_its_referrer on referrer_update;
                create policy by_any_organisation on referrer_update for insert with check (soc_organisation() is not null);
                drop policy to_the_case on data_key;
                create policy by_any_organisation on data_key for insert with check (soc_organisation() is not null);
                drop policy to_the_case on sealed_field;
                create policy by_any_organisation on sealed_field for insert with check (soc_organisation() is not null);
                drop policy of_the_unit_changes on case_member;
                create policy of_the_unit_changes on case_member for update using (unit = soc_organisation());
                drop policy load_gets_members on case_member;
                create policy load_gets_members on case_member for insert with check (soc_purpose() = 'moving');
                drop policy load_ends_members on case_member;
                create policy load_ends_members on case_member for update using (soc_purpose() = 'moving');
                drop policy load_has_members on case_member;
                create policy load_has_members on case_member for select using (soc_purpose() = 'moving');
                drop policy load_moves on referral;
                create policy load_moves on referral for update using (responsible_unit = soc_organisation() and soc_purpose() = 'moving');
                drop policy load_is_found on referral;
                create policy load_is_found on referral for select using (responsible_unit = soc_organisation() and soc_purpose() = 'moving');
                drop policy receiver_answers on referral;
                create policy receiver_answers on referral for update
                    using (receiving_unit = soc_organisation() and soc_purpose() = 'receiving' and soc_has_scope('referrals.transfer'));
                drop policy receiver_finds on referral;
                create policy receiver_finds on referral for select
                    using (receiving_unit = soc_organisation() and soc_purpose() = 'receiving' and soc_has_scope('referrals.transfer'));
                drop function soc_moves_to(uuid);
                drop function soc_case();
                """);

            migrationBuilder.DropIndex(
                name: "one_bulk_transfer_of_a_unit",
                table: "bulk_transfer");

            migrationBuilder.DropColumn(
                name: "cancelled_at",
                table: "transfer");

            migrationBuilder.DropColumn(
                name: "cancelled_by",
                table: "transfer");

            migrationBuilder.DropColumn(
                name: "region",
                table: "break_glass");

            migrationBuilder.DropColumn(
                name: "sealed_reference",
                table: "break_glass");
        }
    }
}
