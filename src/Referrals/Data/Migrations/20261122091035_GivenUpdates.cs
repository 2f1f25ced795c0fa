using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Referrals.Data.Migrations
{
    /// <inheritdoc />
    public partial class GivenUpdates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "given",
                table: "referrer_update",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            // What has a position was given; the owner sees the rows only while their security does not bind it.
            migrationBuilder.Sql(
                """
                alter table referrer_update no force row level security;
                update referrer_update set given = true where position is not null;
                alter table referrer_update force row level security;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "given",
                table: "referrer_update");
        }
    }
}
