using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Referrals.Data.Migrations
{
    /// <inheritdoc />
    public partial class WorklistIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_referral_worklist",
                table: "referral");

            migrationBuilder.CreateIndex(
                name: "ix_referral_awaiting_triage",
                table: "referral",
                columns: new[] { "responsible_unit", "band", "submitted_at", "id" },
                filter: "status in ('submitted', 'resubmitted', 'in-triage')");

            migrationBuilder.CreateIndex(
                name: "ix_referral_load",
                table: "referral",
                columns: new[] { "responsible_unit", "id" },
                filter: "status not in ('closed', 'retained')");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_referral_awaiting_triage",
                table: "referral");

            migrationBuilder.DropIndex(
                name: "ix_referral_load",
                table: "referral");

            migrationBuilder.CreateIndex(
                name: "ix_referral_worklist",
                table: "referral",
                columns: new[] { "responsible_unit", "band", "submitted_at", "id" },
                filter: "status in ('submitted', 'resubmitted', 'in-triage', 'returned', 'interim-protection', 'in-assessment', 'decision-pending', 'accepted', 'active', 'in-review', 'transfer-proposed', 'transfer-accepted', 'exit-planned')");
        }
    }
}
