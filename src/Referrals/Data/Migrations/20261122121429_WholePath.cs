using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Referrals.Data.Migrations
{
    /// <inheritdoc />
    public partial class WholePath : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropPrimaryKey(
                name: "PK_sealed_field",
                table: "sealed_field");

            migrationBuilder.DropIndex(
                name: "ix_referral_worklist",
                table: "referral");

            migrationBuilder.AddColumn<string[]>(
                name: "asked",
                table: "referrer_update",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);

            migrationBuilder.AddColumn<string>(
                name: "closure_reason",
                table: "referral",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "end_reason",
                table: "referral",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "follows",
                table: "referral",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "next_review_at",
                table: "referral",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateOnly>(
                name: "retain_until",
                table: "referral",
                type: "date",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "retention_rule",
                table: "referral",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "returned_for",
                table: "referral",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);

            migrationBuilder.AddColumn<long>(
                name: "case_version",
                table: "assessment",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "override_reason",
                table: "assessment",
                type: "text",
                nullable: true);

            migrationBuilder.AddPrimaryKey(
                name: "PK_sealed_field",
                table: "sealed_field",
                columns: new[] { "referral_id", "field", "version" });

            migrationBuilder.CreateTable(
                name: "arrangement",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    provider = table.Column<Guid>(type: "uuid", nullable: false),
                    joint_providers = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    officer = table.Column<string>(type: "text", nullable: false),
                    arranged_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    referral_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_arrangement", x => x.id);
                    table.ForeignKey(
                        name: "FK_arrangement_referral_referral_id",
                        column: x => x.referral_id,
                        principalTable: "referral",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "case_member",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    unit = table.Column<Guid>(type: "uuid", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false),
                    role = table.Column<string>(type: "text", nullable: false),
                    added_by = table.Column<string>(type: "text", nullable: false),
                    since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_by = table.Column<string>(type: "text", nullable: true),
                    referral_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_case_member", x => x.id);
                    table.ForeignKey(
                        name: "FK_case_member_referral_referral_id",
                        column: x => x.referral_id,
                        principalTable: "referral",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "case_review",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    officer = table.Column<string>(type: "text", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    outcome = table.Column<string>(type: "text", nullable: true),
                    concluded_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    case_version = table.Column<long>(type: "bigint", nullable: true),
                    referral_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_case_review", x => x.id);
                    table.ForeignKey(
                        name: "FK_case_review_referral_referral_id",
                        column: x => x.referral_id,
                        principalTable: "referral",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "interim_protection",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    measures = table.Column<string[]>(type: "text[]", nullable: false),
                    officer = table.Column<string>(type: "text", nullable: false),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    case_version = table.Column<long>(type: "bigint", nullable: false),
                    referral_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_interim_protection", x => x.id);
                    table.ForeignKey(
                        name: "FK_interim_protection_referral_referral_id",
                        column: x => x.referral_id,
                        principalTable: "referral",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_referral_referring_organisation",
                table: "referral",
                column: "referring_organisation");

            migrationBuilder.CreateIndex(
                name: "ix_referral_worklist",
                table: "referral",
                columns: new[] { "responsible_unit", "band", "submitted_at", "id" },
                filter: "status in ('submitted', 'resubmitted', 'in-triage', 'returned', 'interim-protection', 'in-assessment', 'decision-pending', 'accepted', 'active', 'in-review', 'transfer-proposed', 'transfer-accepted', 'exit-planned')");

            migrationBuilder.AddCheckConstraint(
                name: "protected_has_a_next_review",
                table: "referral",
                sql: "next_review_at is not null or status not in ('active', 'in-review', 'transfer-proposed', 'transfer-accepted', 'exit-planned')");

            migrationBuilder.CreateIndex(
                name: "IX_arrangement_referral_id",
                table: "arrangement",
                column: "referral_id");

            migrationBuilder.CreateIndex(
                name: "IX_case_member_actor_unit",
                table: "case_member",
                columns: new[] { "actor", "unit" },
                filter: "until is null");

            migrationBuilder.CreateIndex(
                name: "IX_case_member_referral_id_actor_role",
                table: "case_member",
                columns: new[] { "referral_id", "actor", "role" },
                unique: true,
                filter: "until is null");

            migrationBuilder.CreateIndex(
                name: "IX_case_review_referral_id",
                table: "case_review",
                column: "referral_id");

            migrationBuilder.CreateIndex(
                name: "IX_interim_protection_referral_id",
                table: "interim_protection",
                column: "referral_id");

            migrationBuilder.Sql(
                """
                create function soc_actor() returns text language sql stable
                    return nullif(current_setting('soc.actor', true), '');
                create function soc_purpose() returns text language sql stable
                    return current_setting('soc.purpose', true);
                create function soc_has_scope(scope text) returns boolean language sql stable
                    return position(' ' || scope || ' ' in coalesce(current_setting('soc.scopes', true), '')) > 0;

                -- Cases from before there were teams: whoever acted on one is on its team. The owner sees the rows only while their security does not bind it.
                alter table referral no force row level security;
                alter table assessment no force row level security;
                alter table decision no force row level security;
                insert into case_member (id, unit, actor, role, added_by, since, referral_id)
                    select gen_random_uuid(), responsible_unit, triaged_by, 'triage-officer', triaged_by, triaged_at, id from referral where triaged_by is not null
                    union all
                    select distinct on (r.id, a.assessor) gen_random_uuid(), r.responsible_unit, a.assessor, 'risk-assessor', a.assessor, a.assessed_at, r.id
                      from referral r join assessment a on a.referral_id = r.id
                    union all
                    select gen_random_uuid(), r.responsible_unit, d.authoriser, 'authorising-officer', d.authoriser, d.decided_at, r.id
                      from referral r join decision d on d.referral_id = r.id;
                alter table referral force row level security;
                alter table assessment force row level security;
                alter table decision force row level security;

                -- Members are rows about officers, and nothing of a case but its id; a policy that asked for the case would ask for itself.
                alter table case_member enable row level security;
                alter table case_member force row level security;
                create policy of_the_unit on case_member for select using (unit = soc_organisation());
                create policy of_the_unit_changes on case_member for update using (unit = soc_organisation());
                create policy to_the_case on case_member for insert
                    with check (unit = soc_organisation() and exists (select from referral where referral.id = referral_id));

                -- A case shows itself to its team, and while it waits to the unit's triage officers. A change is checked against what the case then is.
                drop policy responsible_unit_reads on referral;
                drop policy responsible_unit_changes on referral;
                create policy team_reads on referral for select using (responsible_unit = soc_organisation() and (
                    (status in ('submitted', 'resubmitted', 'in-triage') and soc_has_scope('referrals.triage'))
                    or exists (select from case_member m
                                where m.referral_id = referral.id and m.unit = soc_organisation() and m.actor = soc_actor() and m.until is null)));
                create policy team_changes on referral for update using (responsible_unit = soc_organisation() and soc_purpose() = 'casework');
                create policy referrer_finds_its_own on referral for select using (referring_organisation = soc_organisation() and soc_purpose() = 'referring');
                create policy referrer_adds_to_its_own on referral for update using (referring_organisation = soc_organisation() and soc_purpose() = 'referring');

                do $$
                declare
                    of_the_case text;
                begin
                    foreach of_the_case in array array['interim_protection', 'arrangement', 'case_review'] loop
                        execute format('alter table %I enable row level security', of_the_case);
                        execute format('alter table %I force row level security', of_the_case);
                        execute format('create policy with_the_case on %I for select using (exists (select from referral where referral.id = referral_id))', of_the_case);
                        execute format('create policy to_the_case on %I for insert with check (exists (select from referral where referral.id = referral_id))', of_the_case);
                    end loop;
                end $$;
                create policy in_the_case on case_review for update using (exists (select from referral where referral.id = referral_id));
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                drop policy team_reads on referral;
                drop policy team_changes on referral;
                drop policy referrer_finds_its_own on referral;
                drop policy referrer_adds_to_its_own on referral;
                create policy responsible_unit_reads on referral for select using (responsible_unit = soc_organisation());
                create policy responsible_unit_changes on referral for update using (responsible_unit = soc_organisation());
                drop policy to_the_case on case_member;
                drop policy of_the_unit on case_member;
                drop policy of_the_unit_changes on case_member;
                drop function soc_actor();
                drop function soc_purpose();
                drop function soc_has_scope(text);
                """);

            migrationBuilder.DropTable(
                name: "arrangement");

            migrationBuilder.DropTable(
                name: "case_member");

            migrationBuilder.DropTable(
                name: "case_review");

            migrationBuilder.DropTable(
                name: "interim_protection");

            migrationBuilder.DropPrimaryKey(
                name: "PK_sealed_field",
                table: "sealed_field");

            migrationBuilder.DropIndex(
                name: "IX_referral_referring_organisation",
                table: "referral");

            migrationBuilder.DropIndex(
                name: "ix_referral_worklist",
                table: "referral");

            migrationBuilder.DropCheckConstraint(
                name: "protected_has_a_next_review",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "asked",
                table: "referrer_update");

            migrationBuilder.DropColumn(
                name: "closure_reason",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "end_reason",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "follows",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "next_review_at",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "retain_until",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "retention_rule",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "returned_for",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "case_version",
                table: "assessment");

            migrationBuilder.DropColumn(
                name: "override_reason",
                table: "assessment");

            migrationBuilder.AddPrimaryKey(
                name: "PK_sealed_field",
                table: "sealed_field",
                columns: new[] { "referral_id", "field" });

            migrationBuilder.CreateIndex(
                name: "ix_referral_worklist",
                table: "referral",
                columns: new[] { "responsible_unit", "band", "submitted_at", "id" },
                filter: "status in ('submitted', 'in-assessment', 'decision-pending')");
        }
    }
}
