using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Partners.Data.Migrations
{
    /// <inheritdoc />
    public partial class SecondPersonForKeys : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_webhook_delivery_webhook_webhook_id",
                table: "webhook_delivery");

            migrationBuilder.DropIndex(
                name: "IX_client_key_thumbprint",
                table: "client_key");

            migrationBuilder.AddColumn<Guid[]>(
                name: "others",
                table: "webhook_delivery",
                type: "uuid[]",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "undated",
                table: "cut_off",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<Guid>(
                name: "organisation_id",
                table: "client_key",
                type: "uuid",
                nullable: false,
                defaultValue: new Guid("00000000-0000-0000-0000-000000000000"));

            migrationBuilder.AddColumn<string>(
                name: "proposed_by",
                table: "client_key",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<TimeSpan>(
                name: "proposed_overlap",
                table: "client_key",
                type: "interval",
                nullable: true);

            migrationBuilder.Sql("update client_key k set organisation_id = c.organisation_id from api_client c where c.id = k.client_id");

            migrationBuilder.CreateIndex(
                name: "IX_client_key_organisation_id_thumbprint",
                table: "client_key",
                columns: new[] { "organisation_id", "thumbprint" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_client_key_organisation_id_thumbprint",
                table: "client_key");

            migrationBuilder.DropColumn(
                name: "others",
                table: "webhook_delivery");

            migrationBuilder.DropColumn(
                name: "undated",
                table: "cut_off");

            migrationBuilder.DropColumn(
                name: "organisation_id",
                table: "client_key");

            migrationBuilder.DropColumn(
                name: "proposed_by",
                table: "client_key");

            migrationBuilder.DropColumn(
                name: "proposed_overlap",
                table: "client_key");

            migrationBuilder.CreateIndex(
                name: "IX_client_key_thumbprint",
                table: "client_key",
                column: "thumbprint",
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "FK_webhook_delivery_webhook_webhook_id",
                table: "webhook_delivery",
                column: "webhook_id",
                principalTable: "webhook",
                principalColumn: "id",
                onDelete: ReferentialAction.Cascade);
        }
    }
}
