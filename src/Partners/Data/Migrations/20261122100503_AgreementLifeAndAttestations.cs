using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Partners.Data.Migrations
{
    /// <inheritdoc />
    public partial class AgreementLifeAndAttestations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "on_paper",
                table: "agreement_party",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            // Until now the lead has recorded every signature.
            migrationBuilder.Sql("update agreement_party set on_paper = true where signed_at is not null");

            migrationBuilder.AddColumn<Guid>(
                name: "terminated_by",
                table: "agreement",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "terminates_at",
                table: "agreement",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "termination_reason",
                table: "agreement",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "attestation",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organisation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    quarter = table.Column<string>(type: "text", nullable: false),
                    made_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    client_id = table.Column<string>(type: "text", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false),
                    role = table.Column<string>(type: "text", nullable: false),
                    statement = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attestation", x => x.id);
                    table.ForeignKey(
                        name: "FK_attestation_organisation_organisation_id",
                        column: x => x.organisation_id,
                        principalTable: "organisation",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "attestation_duty",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organisation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    due_from = table.Column<DateOnly>(type: "date", nullable: false),
                    shared_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    lapsed = table.Column<bool>(type: "boolean", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    event_version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attestation_duty", x => x.id);
                    table.ForeignKey(
                        name: "FK_attestation_duty_organisation_organisation_id",
                        column: x => x.organisation_id,
                        principalTable: "organisation",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_agreement_status",
                table: "agreement",
                column: "status");

            migrationBuilder.CreateIndex(
                name: "IX_attestation_organisation_id_quarter",
                table: "attestation",
                columns: new[] { "organisation_id", "quarter" });

            migrationBuilder.CreateIndex(
                name: "IX_attestation_duty_organisation_id",
                table: "attestation_duty",
                column: "organisation_id",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "attestation");

            migrationBuilder.DropTable(
                name: "attestation_duty");

            migrationBuilder.DropIndex(
                name: "IX_agreement_status",
                table: "agreement");

            migrationBuilder.DropColumn(
                name: "on_paper",
                table: "agreement_party");

            migrationBuilder.DropColumn(
                name: "terminated_by",
                table: "agreement");

            migrationBuilder.DropColumn(
                name: "terminates_at",
                table: "agreement");

            migrationBuilder.DropColumn(
                name: "termination_reason",
                table: "agreement");
        }
    }
}
