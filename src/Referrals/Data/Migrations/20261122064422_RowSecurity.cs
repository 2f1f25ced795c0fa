using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Soc.Referrals.Data.Migrations
{
    /// <summary>
    /// The second wall behind the queries: which rows PostgreSQL shows to a transaction that acts for an organisation. The policies bind the tables'
    /// owner too; a transaction that has not said for whom it acts finds every table empty.
    /// </summary>
    public partial class RowSecurity : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                create function soc_organisation() returns uuid language sql stable
                    return nullif(current_setting('soc.organisation', true), '')::uuid;

                alter table referral enable row level security;
                alter table referral force row level security;
                create policy responsible_unit_reads on referral for select using (responsible_unit = soc_organisation());
                create policy responsible_unit_changes on referral for update using (responsible_unit = soc_organisation());
                create policy referrer_submits on referral for insert with check (referring_organisation = soc_organisation());

                -- Whoever sees the case sees what belongs to it: the subqueries are under the policies of referral themselves.
                alter table assessment enable row level security;
                alter table assessment force row level security;
                create policy with_the_case on assessment for select using (exists (select from referral where referral.id = referral_id));
                create policy to_the_case on assessment for insert with check (exists (select from referral where referral.id = referral_id));

                alter table decision enable row level security;
                alter table decision force row level security;
                create policy with_the_case on decision for select using (exists (select from referral where referral.id = referral_id));
                create policy to_the_case on decision for insert with check (exists (select from referral where referral.id = referral_id));

                -- A referrer writes these with a case that it will not see again.
                alter table sealed_field enable row level security;
                alter table sealed_field force row level security;
                create policy with_the_case on sealed_field for select using (exists (select from referral where referral.id = referral_id));
                create policy by_any_organisation on sealed_field for insert with check (soc_organisation() is not null);

                alter table data_key enable row level security;
                alter table data_key force row level security;
                create policy with_the_case on data_key for select using (exists (select from referral where referral.id = referral_id));
                create policy by_any_organisation on data_key for insert with check (soc_organisation() is not null);

                -- Written by the unit that decides, placed and read by the organisation that referred. The sequence is not in the model: the writer may not
                -- see the row, and so could not have a generated value returned.
                alter table referrer_update add column sequence bigint generated always as identity;
                alter table referrer_update enable row level security;
                alter table referrer_update force row level security;
                create policy own on referrer_update for select using (organisation = soc_organisation());
                create policy own_is_placed on referrer_update for update using (organisation = soc_organisation());
                create policy by_any_organisation on referrer_update for insert with check (soc_organisation() is not null);

                alter table update_feed enable row level security;
                alter table update_feed force row level security;
                create policy own on update_feed using (organisation = soc_organisation());

                alter table audit_entry enable row level security;
                alter table audit_entry force row level security;
                create policy own on audit_entry for select using (organisation = soc_organisation());
                create policy in_its_name on audit_entry for insert with check (organisation = soc_organisation());
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                drop function soc_organisation() cascade;
                alter table referrer_update drop column sequence;
                alter table referral no force row level security, disable row level security;
                alter table assessment no force row level security, disable row level security;
                alter table decision no force row level security, disable row level security;
                alter table sealed_field no force row level security, disable row level security;
                alter table data_key no force row level security, disable row level security;
                alter table referrer_update no force row level security, disable row level security;
                alter table update_feed no force row level security, disable row level security;
                alter table audit_entry no force row level security, disable row level security;
                """);
        }
    }
}
