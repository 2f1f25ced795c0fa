using System;
using Microsoft.EntityFrameworkCore.Migrations;
using NpgsqlTypes;

#nullable disable

namespace Soc.Partners.Data.Migrations
{
    /// <inheritdoc />
    public partial class Register : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateOnly>(
                name: "effective_from",
                table: "organisation",
                type: "date",
                nullable: true);

            migrationBuilder.AddColumn<DateOnly>(
                name: "effective_to",
                table: "organisation",
                type: "date",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "identifier_text",
                table: "organisation",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "leaves_at",
                table: "organisation",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "parent_id",
                table: "organisation",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "successor_id",
                table: "organisation",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<NpgsqlTsVector>(
                name: "search",
                table: "organisation",
                type: "tsvector",
                nullable: true,
                computedColumnSql: "to_tsvector('simple', translate(name || ' ' || coalesce(identifier_text, ''), '.-/''@_&', '       '))",
                stored: true);

            migrationBuilder.CreateTable(
                name: "forum",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    area = table.Column<string[]>(type: "text[]", nullable: false),
                    from = table.Column<DateOnly>(type: "date", nullable: false),
                    until = table.Column<DateOnly>(type: "date", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_forum", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "organisation_identifier",
                columns: table => new
                {
                    scheme = table.Column<string>(type: "text", nullable: false),
                    value = table.Column<string>(type: "text", nullable: false),
                    organisation_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_organisation_identifier", x => new { x.scheme, x.value });
                    table.ForeignKey(
                        name: "FK_organisation_identifier_organisation_organisation_id",
                        column: x => x.organisation_id,
                        principalTable: "organisation",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "forum_member",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    forum_id = table.Column<Guid>(type: "uuid", nullable: false),
                    organisation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    role = table.Column<string>(type: "text", nullable: false),
                    from = table.Column<DateOnly>(type: "date", nullable: false),
                    until = table.Column<DateOnly>(type: "date", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_forum_member", x => x.id);
                    table.ForeignKey(
                        name: "FK_forum_member_forum_forum_id",
                        column: x => x.forum_id,
                        principalTable: "forum",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_forum_member_organisation_organisation_id",
                        column: x => x.organisation_id,
                        principalTable: "organisation",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_organisation_leaves_at",
                table: "organisation",
                column: "leaves_at");

            migrationBuilder.CreateIndex(
                name: "IX_organisation_name_id",
                table: "organisation",
                columns: new[] { "name", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_organisation_parent_id",
                table: "organisation",
                column: "parent_id");

            migrationBuilder.CreateIndex(
                name: "IX_organisation_search",
                table: "organisation",
                column: "search")
                .Annotation("Npgsql:IndexMethod", "GIN");

            migrationBuilder.CreateIndex(
                name: "IX_organisation_successor_id",
                table: "organisation",
                column: "successor_id");

            migrationBuilder.CreateIndex(
                name: "IX_forum_name_id",
                table: "forum",
                columns: new[] { "name", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_forum_member_forum_id",
                table: "forum_member",
                column: "forum_id");

            migrationBuilder.CreateIndex(
                name: "IX_forum_member_organisation_id",
                table: "forum_member",
                column: "organisation_id");

            migrationBuilder.CreateIndex(
                name: "IX_organisation_identifier_organisation_id",
                table: "organisation_identifier",
                column: "organisation_id");

            migrationBuilder.AddForeignKey(
                name: "FK_organisation_organisation_parent_id",
                table: "organisation",
                column: "parent_id",
                principalTable: "organisation",
                principalColumn: "id");

            migrationBuilder.AddForeignKey(
                name: "FK_organisation_organisation_successor_id",
                table: "organisation",
                column: "successor_id",
                principalTable: "organisation",
                principalColumn: "id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_organisation_organisation_parent_id",
                table: "organisation");

            migrationBuilder.DropForeignKey(
                name: "FK_organisation_organisation_successor_id",
                table: "organisation");

            migrationBuilder.DropTable(
                name: "forum_member");

            migrationBuilder.DropTable(
                name: "organisation_identifier");

            migrationBuilder.DropTable(
                name: "forum");

            migrationBuilder.DropIndex(
                name: "IX_organisation_leaves_at",
                table: "organisation");

            migrationBuilder.DropIndex(
                name: "IX_organisation_name_id",
                table: "organisation");

            migrationBuilder.DropIndex(
                name: "IX_organisation_parent_id",
                table: "organisation");

            migrationBuilder.DropIndex(
                name: "IX_organisation_search",
                table: "organisation");

            migrationBuilder.DropIndex(
                name: "IX_organisation_successor_id",
                table: "organisation");

            migrationBuilder.DropColumn(
                name: "search",
                table: "organisation");

            migrationBuilder.DropColumn(
                name: "effective_from",
                table: "organisation");

            migrationBuilder.DropColumn(
                name: "effective_to",
                table: "organisation");

            migrationBuilder.DropColumn(
                name: "identifier_text",
                table: "organisation");

            migrationBuilder.DropColumn(
                name: "leaves_at",
                table: "organisation");

            migrationBuilder.DropColumn(
                name: "parent_id",
                table: "organisation");

            migrationBuilder.DropColumn(
                name: "successor_id",
                table: "organisation");
        }
    }
}
