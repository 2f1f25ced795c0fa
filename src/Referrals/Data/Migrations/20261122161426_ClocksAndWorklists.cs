using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Referrals.Data.Migrations
{
    /// <inheritdoc />
    public partial class ClocksAndWorklists : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "redirect_to",
                table: "referrer_update",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "due_soon_since",
                table: "referral",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "entitlement_due_at",
                table: "referral",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "redirected_to",
                table: "referral",
                type: "text",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_referral_transferred",
                table: "referral",
                columns: new[] { "receiving_unit", "effective_at" },
                filter: "effective_at is not null");

            // What the service would have written by now, had it known these columns. Row security binds the tables' owner too, but for this.
            migrationBuilder.Sql(
                """
                alter table referral no force row level security;
                update referral set due_soon_since = now()
                 where jsonb_path_exists(clocks, '$[*] ? (@.Warned == true && @.BreachTold == false && @.StoppedAt == null && @.DueAt != null)');
                update referral set entitlement_due_at = (
                       select min((each ->> 'DueAt')::timestamptz) from jsonb_array_elements(entitlements) each where each ->> 'SettledAt' is null)
                 where jsonb_typeof(entitlements) = 'array' and status in (
                       'interim-protection', 'in-assessment', 'decision-pending', 'accepted', 'active', 'in-review', 'transfer-proposed', 'transfer-accepted', 'exit-planned', 'exited');
                alter table referral force row level security;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_referral_transferred",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "redirect_to",
                table: "referrer_update");

            migrationBuilder.DropColumn(
                name: "due_soon_since",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "entitlement_due_at",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "redirected_to",
                table: "referral");
        }
    }
}
