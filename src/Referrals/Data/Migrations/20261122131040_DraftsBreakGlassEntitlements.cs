using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Referrals.Data.Migrations
{
    /// <inheritdoc />
    public partial class DraftsBreakGlassEntitlements : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "enhanced_reason",
                table: "referral",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "entitlements",
                table: "referral",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "entitlements_version",
                table: "referral",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "break_glass",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    unit = table.Column<Guid>(type: "uuid", nullable: false),
                    referral_id = table.Column<Guid>(type: "uuid", nullable: true),
                    requester = table.Column<string>(type: "text", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    immediate_threat = table.Column<bool>(type: "boolean", nullable: false),
                    requested_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    sealed_text = table.Column<byte[]>(type: "bytea", nullable: false),
                    wrapped_by = table.Column<string>(type: "text", nullable: false),
                    wrapped = table.Column<byte[]>(type: "bytea", nullable: false),
                    approved_by = table.Column<string>(type: "text", nullable: true),
                    active_from = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    review_due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    reviewed_by = table.Column<string>(type: "text", nullable: true),
                    reviewed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    review_outcome = table.Column<string>(type: "text", nullable: true),
                    reads = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_break_glass", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "draft",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organisation = table.Column<Guid>(type: "uuid", nullable: false),
                    author = table.Column<string>(type: "text", nullable: false),
                    wrapped_by = table.Column<string>(type: "text", nullable: false),
                    wrapped = table.Column<byte[]>(type: "bytea", nullable: false),
                    content = table.Column<byte[]>(type: "bytea", nullable: false),
                    saved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_draft", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "threat_notice_count",
                columns: table => new
                {
                    unit = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    region = table.Column<string>(type: "text", nullable: false),
                    month = table.Column<string>(type: "text", nullable: false),
                    count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_threat_notice_count", x => new { x.unit, x.kind, x.region, x.month });
                });

            migrationBuilder.CreateIndex(
                name: "IX_break_glass_referral_id_requester",
                table: "break_glass",
                columns: new[] { "referral_id", "requester" });

            migrationBuilder.CreateIndex(
                name: "IX_break_glass_unit",
                table: "break_glass",
                column: "unit");

            migrationBuilder.CreateIndex(
                name: "IX_draft_organisation_author",
                table: "draft",
                columns: new[] { "organisation", "author" });

            migrationBuilder.CreateIndex(
                name: "IX_draft_saved_at",
                table: "draft",
                column: "saved_at");

            migrationBuilder.Sql(
                """
                alter table draft enable row level security;
                alter table draft force row level security;
                create policy own on draft using (organisation = soc_organisation() and author = soc_actor());
                create policy clock_finds on draft for select using (soc_purpose() = 'clock');
                create policy clock_purges on draft for delete using (soc_purpose() = 'clock');

                alter table threat_notice_count enable row level security;
                alter table threat_notice_count force row level security;
                create policy of_the_unit on threat_notice_count using (unit = soc_organisation());

                alter table break_glass enable row level security;
                alter table break_glass force row level security;
                create policy of_the_unit on break_glass using (unit = soc_organisation());

                -- Emergency access: a reference is looked up without anything being shown, and a case is read by the one who asked, as long as it lasts.
                create policy break_glass_looks_up on referral for select
                    using (responsible_unit = soc_organisation() and soc_purpose() = 'break-glass-request');
                create policy break_glass_reads on referral for select
                    using (soc_unit_now(responsible_unit, receiving_unit, effective_at) = soc_organisation() and soc_purpose() = 'break-glass'
                           and exists (select from break_glass g where g.referral_id = referral.id and g.requester = soc_actor() and g.expires_at > now()));
                drop policy with_the_case on sealed_field;
                create policy with_the_case on sealed_field for select
                    using (soc_purpose() in ('casework', 'break-glass') and exists (select from referral where referral.id = referral_id));
                drop policy with_the_case on data_key;
                create policy with_the_case on data_key for select
                    using (soc_purpose() in ('casework', 'referring', 'break-glass') and exists (select from referral where referral.id = referral_id));
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                drop policy break_glass_looks_up on referral;
                drop policy break_glass_reads on referral;
                drop policy with_the_case on sealed_field;
                create policy with_the_case on sealed_field for select
                    using (soc_purpose() = 'casework' and exists (select from referral where referral.id = referral_id));
                drop policy with_the_case on data_key;
                create policy with_the_case on data_key for select
                    using (soc_purpose() in ('casework', 'referring') and exists (select from referral where referral.id = referral_id));
                """);

            migrationBuilder.DropTable(
                name: "break_glass");

            migrationBuilder.DropTable(
                name: "draft");

            migrationBuilder.DropTable(
                name: "threat_notice_count");

            migrationBuilder.DropColumn(
                name: "enhanced_reason",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "entitlements",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "entitlements_version",
                table: "referral");
        }
    }
}
