using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Referrals.Data.Migrations
{
    /// <inheritdoc />
    public partial class CaseClocks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "clocks",
                table: "referral",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "next_clock_at",
                table: "referral",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "overdue_since",
                table: "referral",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_referral_next_clock_at",
                table: "referral",
                column: "next_clock_at",
                filter: "next_clock_at is not null");

            // The clock finds the cases in which something is due, and writes what it has told; whoever acts for an organisation is not the clock.
            migrationBuilder.Sql(
                """
                create policy clock_finds on referral for select using (soc_purpose() = 'clock' and next_clock_at is not null);
                create policy clock_tells on referral for update using (soc_purpose() = 'clock') with check (soc_purpose() = 'clock');
                create policy clock_wrote on referral for select using (soc_purpose() = 'clock' and responsible_unit = soc_organisation());
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                drop policy clock_finds on referral;
                drop policy clock_tells on referral;
                drop policy clock_wrote on referral;
                """);

            migrationBuilder.DropIndex(
                name: "IX_referral_next_clock_at",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "clocks",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "next_clock_at",
                table: "referral");

            migrationBuilder.DropColumn(
                name: "overdue_since",
                table: "referral");
        }
    }
}
