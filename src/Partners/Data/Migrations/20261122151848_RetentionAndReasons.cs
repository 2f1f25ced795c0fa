using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Partners.Data.Migrations
{
    /// <inheritdoc />
    public partial class RetentionAndReasons : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "closed_at",
                table: "organisation",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "key_set_error",
                table: "api_client",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "key_set_given_at",
                table: "api_client",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "recorded_by",
                table: "agreement_party",
                type: "text",
                nullable: true);

            // The default was for replicas of the release before SecondPersonForKeys, which did not know the column. What they registered meanwhile is put right.
            migrationBuilder.Sql(
                """
                update client_key k set organisation_id = c.organisation_id from api_client c
                 where c.id = k.client_id and k.organisation_id = '00000000-0000-0000-0000-000000000000'
                   and not exists (select from client_key other where other.organisation_id = c.organisation_id and other.thumbprint = k.thumbprint);
                alter table client_key alter column organisation_id drop default;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("alter table client_key alter column organisation_id set default '00000000-0000-0000-0000-000000000000'");

            migrationBuilder.DropColumn(
                name: "closed_at",
                table: "organisation");

            migrationBuilder.DropColumn(
                name: "key_set_error",
                table: "api_client");

            migrationBuilder.DropColumn(
                name: "key_set_given_at",
                table: "api_client");

            migrationBuilder.DropColumn(
                name: "recorded_by",
                table: "agreement_party");
        }
    }
}
