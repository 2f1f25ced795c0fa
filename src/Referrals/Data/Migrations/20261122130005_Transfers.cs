using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Referrals.Data.Migrations
{
    /// <inheritdoc />
    public partial class Transfers : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_case_member_referral_id_actor_role",
                table: "case_member");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "effective_at",
                table: "referral",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "receiving_unit",
                table: "referral",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "bulk_transfer",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    from_unit = table.Column<Guid>(type: "uuid", nullable: false),
                    to_unit = table.Column<Guid>(type: "uuid", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    proposed_by = table.Column<string>(type: "text", nullable: false),
                    proposed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    effective_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    accepted_by = table.Column<string>(type: "text", nullable: true),
                    team = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_bulk_transfer", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "transfer",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    referral_id = table.Column<Guid>(type: "uuid", nullable: false),
                    reference = table.Column<string>(type: "text", nullable: false),
                    region = table.Column<string>(type: "text", nullable: false),
                    band = table.Column<string>(type: "text", nullable: false),
                    from_unit = table.Column<Guid>(type: "uuid", nullable: false),
                    to_unit = table.Column<Guid>(type: "uuid", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    proposed_by = table.Column<string>(type: "text", nullable: false),
                    proposed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    bulk_transfer_id = table.Column<Guid>(type: "uuid", nullable: true),
                    status = table.Column<string>(type: "text", nullable: false),
                    answered_by = table.Column<string>(type: "text", nullable: true),
                    answered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    refusal_reason = table.Column<string>(type: "text", nullable: true),
                    effective_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_transfer", x => x.id);
                    table.ForeignKey(
                        name: "FK_transfer_referral_referral_id",
                        column: x => x.referral_id,
                        principalTable: "referral",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "bulk_transfer_item",
                columns: table => new
                {
                    bulk_transfer_id = table.Column<Guid>(type: "uuid", nullable: false),
                    referral_id = table.Column<Guid>(type: "uuid", nullable: false),
                    reference = table.Column<string>(type: "text", nullable: false),
                    outcome = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_bulk_transfer_item", x => new { x.bulk_transfer_id, x.referral_id });
                    table.ForeignKey(
                        name: "FK_bulk_transfer_item_bulk_transfer_bulk_transfer_id",
                        column: x => x.bulk_transfer_id,
                        principalTable: "bulk_transfer",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_case_member_referral_id_unit_actor_role",
                table: "case_member",
                columns: new[] { "referral_id", "unit", "actor", "role" },
                unique: true,
                filter: "until is null");

            migrationBuilder.CreateIndex(
                name: "IX_transfer_from_unit_proposed_at",
                table: "transfer",
                columns: new[] { "from_unit", "proposed_at" });

            migrationBuilder.CreateIndex(
                name: "IX_transfer_referral_id",
                table: "transfer",
                column: "referral_id");

            migrationBuilder.CreateIndex(
                name: "IX_transfer_to_unit_proposed_at",
                table: "transfer",
                columns: new[] { "to_unit", "proposed_at" });

            migrationBuilder.Sql(
                """
                -- The unit that is responsible at this instant: there is always exactly one, and the database's clock alone moves it.
                create function soc_unit_now(responsible uuid, receiving uuid, effective timestamptz) returns uuid language sql stable
                    return case when effective <= now() then receiving else responsible end;

                drop policy team_reads on referral;
                create policy team_reads on referral for select using (soc_unit_now(responsible_unit, receiving_unit, effective_at) = soc_organisation() and (
                    (status in ('submitted', 'resubmitted', 'in-triage') and soc_has_scope('referrals.triage'))
                    or exists (select from case_member m
                                where m.referral_id = referral.id and m.unit = soc_organisation() and m.actor = soc_actor() and m.until is null)));
                drop policy team_changes on referral;
                create policy team_changes on referral for update
                    using (soc_unit_now(responsible_unit, receiving_unit, effective_at) = soc_organisation() and soc_purpose() = 'casework');

                -- A unit that answers a proposal, and a whole load that moves: rows of the path, and nothing that was told (below).
                create policy receiver_finds on referral for select
                    using (receiving_unit = soc_organisation() and soc_purpose() = 'receiving' and soc_has_scope('referrals.transfer'));
                create policy receiver_answers on referral for update
                    using (receiving_unit = soc_organisation() and soc_purpose() = 'receiving' and soc_has_scope('referrals.transfer'));
                create policy load_is_found on referral for select using (responsible_unit = soc_organisation() and soc_purpose() = 'moving');
                create policy load_moves on referral for update using (responsible_unit = soc_organisation() and soc_purpose() = 'moving');
                create policy load_has_members on case_member for select using (soc_purpose() = 'moving');
                create policy load_ends_members on case_member for update using (soc_purpose() = 'moving');
                create policy load_gets_members on case_member for insert with check (soc_purpose() = 'moving');

                drop policy clock_finds on referral;
                drop policy clock_wrote on referral;
                create policy clock_finds on referral for select using (soc_purpose() = 'clock');

                drop policy with_the_case on sealed_field;
                create policy with_the_case on sealed_field for select
                    using (soc_purpose() = 'casework' and exists (select from referral where referral.id = referral_id));
                drop policy with_the_case on data_key;
                create policy with_the_case on data_key for select
                    using (soc_purpose() in ('casework', 'referring') and exists (select from referral where referral.id = referral_id));

                -- Both units have the record.
                alter table transfer enable row level security;
                alter table transfer force row level security;
                create policy of_both_units on transfer for select using (soc_organisation() in (from_unit, to_unit));
                create policy either_answers on transfer for update using (soc_organisation() in (from_unit, to_unit));
                create policy the_old_unit_proposes on transfer for insert with check (from_unit = soc_organisation());

                alter table bulk_transfer enable row level security;
                alter table bulk_transfer force row level security;
                create policy of_both_units on bulk_transfer for select using (soc_organisation() in (from_unit, to_unit) or soc_purpose() = 'clock');
                create policy either_answers on bulk_transfer for update using (soc_organisation() in (from_unit, to_unit));
                create policy the_old_unit_proposes on bulk_transfer for insert with check (from_unit = soc_organisation());

                alter table bulk_transfer_item enable row level security;
                alter table bulk_transfer_item force row level security;
                create policy of_both_units on bulk_transfer_item for select
                    using (exists (select from bulk_transfer where bulk_transfer.id = bulk_transfer_id));
                create policy the_move_reports on bulk_transfer_item for insert
                    with check (soc_purpose() = 'moving' and exists (select from bulk_transfer where bulk_transfer.id = bulk_transfer_id));
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                drop policy team_reads on referral;
                create policy team_reads on referral for select using (responsible_unit = soc_organisation() and (
                    (status in ('submitted', 'resubmitted', 'in-triage') and soc_has_scope('referrals.triage'))
                    or exists (select from case_member m
                                where m.referral_id = referral.id and m.unit = soc_organisation() and m.actor = soc_actor() and m.until is null)));
                drop policy team_changes on referral;
                create policy team_changes on referral for update using (responsible_unit = soc_organisation() and soc_purpose() = 'casework');
                drop policy receiver_finds on referral;
                drop policy receiver_answers on referral;
                drop policy load_is_found on referral;
                drop policy load_moves on referral;
                drop policy load_has_members on case_member;
                drop policy load_ends_members on case_member;
                drop policy load_gets_members on case_member;
                drop policy clock_finds on referral;
                create policy clock_finds on referral for select using (soc_purpose() = 'clock' and next_clock_at is not null);
                create policy clock_wrote on referral for select using (soc_purpose() = 'clock' and responsible_unit = soc_organisation());
                drop policy with_the_case on sealed_field;
                create policy with_the_case on sealed_field for select using (exists (select from referral where referral.id = referral_id));
                drop policy with_the_case on data_key;
                create policy with_the_case on data_key for select using (exists (select from referral where referral.id = referral_id));
                drop function soc_unit_now(uuid, uuid, timestamptz);
                """);

            migrationBuilder.DropTable(
                name: "bulk_transfer_item");

            migrationBuilder.DropTable(
                name: "transfer");

            migrationBuilder.DropTable(
                name: "bulk_transfer");

            migrationBuilder.DropIndex(
                name: "IX_case_member_referral_id_unit_actor_role",
                table: "case_member");

            migrationBuilder.DropColumn(
                name: "effective_at",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "receiving_unit",
                table: "referral");

            migrationBuilder.CreateIndex(
                name: "IX_case_member_referral_id_actor_role",
                table: "case_member",
                columns: new[] { "referral_id", "actor", "role" },
                unique: true,
                filter: "until is null");
        }
    }
}
