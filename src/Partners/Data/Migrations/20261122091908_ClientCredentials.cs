using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Partners.Data.Migrations
{
    /// <inheritdoc />
    public partial class ClientCredentials : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "published_until",
                table: "signing_key",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "signs_from",
                table: "signing_key",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "now()");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "expires_at",
                table: "client_key",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "now() + interval '365 days'");

            migrationBuilder.AddColumn<bool>(
                name: "from_key_set",
                table: "client_key",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "last_used_at",
                table: "client_key",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "not_before",
                table: "client_key",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "now()");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "retires_at",
                table: "client_key",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "revoked_for",
                table: "client_key",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "warned_days",
                table: "client_key",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "certificate_bound",
                table: "api_client",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<List<string>>(
                name: "certificates",
                table: "api_client",
                type: "text[]",
                nullable: false,
                defaultValueSql: "'{}'");

            migrationBuilder.AddColumn<long>(
                name: "event_version",
                table: "api_client",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "key_set_read_at",
                table: "api_client",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "key_set_uri",
                table: "api_client",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "reference",
                table: "api_client",
                type: "uuid",
                nullable: false,
                defaultValueSql: "gen_random_uuid()");

            migrationBuilder.AddColumn<bool>(
                name: "sandbox",
                table: "api_client",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "client_secret",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    client_id = table.Column<string>(type: "character varying(64)", nullable: false),
                    salt = table.Column<byte[]>(type: "bytea", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_for = table.Column<string>(type: "text", nullable: true),
                    last_used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    warned_days = table.Column<int>(type: "integer", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_client_secret", x => x.id);
                    table.ForeignKey(
                        name: "FK_client_secret_api_client_client_id",
                        column: x => x.client_id,
                        principalTable: "api_client",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_client_secret_client_id",
                table: "client_secret",
                column: "client_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "client_secret");

            migrationBuilder.DropColumn(
                name: "published_until",
                table: "signing_key");

            migrationBuilder.DropColumn(
                name: "signs_from",
                table: "signing_key");

            migrationBuilder.DropColumn(
                name: "expires_at",
                table: "client_key");

            migrationBuilder.DropColumn(
                name: "from_key_set",
                table: "client_key");

            migrationBuilder.DropColumn(
                name: "last_used_at",
                table: "client_key");

            migrationBuilder.DropColumn(
                name: "not_before",
                table: "client_key");

            migrationBuilder.DropColumn(
                name: "retires_at",
                table: "client_key");

            migrationBuilder.DropColumn(
                name: "revoked_for",
                table: "client_key");

            migrationBuilder.DropColumn(
                name: "warned_days",
                table: "client_key");

            migrationBuilder.DropColumn(
                name: "certificate_bound",
                table: "api_client");

            migrationBuilder.DropColumn(
                name: "certificates",
                table: "api_client");

            migrationBuilder.DropColumn(
                name: "event_version",
                table: "api_client");

            migrationBuilder.DropColumn(
                name: "key_set_read_at",
                table: "api_client");

            migrationBuilder.DropColumn(
                name: "key_set_uri",
                table: "api_client");

            migrationBuilder.DropColumn(
                name: "reference",
                table: "api_client");

            migrationBuilder.DropColumn(
                name: "sandbox",
                table: "api_client");
        }
    }
}
