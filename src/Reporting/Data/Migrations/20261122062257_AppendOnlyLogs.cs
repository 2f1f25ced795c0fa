using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Reporting.Data.Migrations
{
    /// <summary>The logs only grow. The triggers bind every role, the tables' owner too.</summary>
    public partial class AppendOnlyLogs : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                create function refuse_change_of_log() returns trigger language plpgsql as
                $$ begin raise exception 'A log only grows.' using errcode = 'insufficient_privilege'; end $$;

                create trigger only_grows before update or delete or truncate on event_log for each statement execute function refuse_change_of_log();
                create trigger only_grows before update or delete or truncate on fact_log for each statement execute function refuse_change_of_log();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                drop trigger only_grows on fact_log;
                drop trigger only_grows on event_log;
                drop function refuse_change_of_log();
                """);
        }
    }
}
