using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Referrals.Data.Migrations
{
    /// <summary>Rights that are still due when a referral is declined or withdrawn can be settled until it is closed: they are due there too.</summary>
    public partial class RightsDueUntilClosed : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
            """
            alter table referral no force row level security;
            update referral set entitlement_due_at = (
                   select min((each ->> 'DueAt')::timestamptz) from jsonb_array_elements(entitlements) each where each ->> 'SettledAt' is null)
             where jsonb_typeof(entitlements) = 'array' and status in ('declined', 'withdrawn');
            alter table referral force row level security;
            """);

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
            """
            alter table referral no force row level security;
            update referral set entitlement_due_at = null where status in ('declined', 'withdrawn');
            alter table referral force row level security;
            """);
    }
}
