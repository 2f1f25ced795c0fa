using Microsoft.EntityFrameworkCore;
using NpgsqlTypes;

namespace Soc.Partners.Organisations;

internal static class OrganisationTables
{
    /// <summary>The words of name and identifiers, in lower case and as they are: names are not to be stemmed.</summary>
    public const string Search = "Search";

    public static void MapOrganisationTables(this ModelBuilder model)
    {
        model.Entity<Organisation>(organisation =>
        {
            organisation.ToTable("organisation");
            organisation.Property(o => o.Id).ValueGeneratedNever();
            organisation.Property(o => o.Status).HasConversion<string>();
            organisation.Property(o => o.Version).IsConcurrencyToken();
            organisation.HasMany(o => o.Identifiers).WithOne().HasForeignKey(i => i.OrganisationId);
            organisation.Navigation(o => o.Identifiers).AutoInclude();
            organisation.HasOne<Organisation>().WithMany().HasForeignKey(o => o.ParentId);
            organisation.HasMany(o => o.Predecessors).WithOne().HasForeignKey(o => o.SuccessorId);
            organisation.HasIndex(o => o.LeavesAt);
            organisation.HasIndex(o => new { o.Name, o.Id });
            organisation.Property<NpgsqlTsVector>(Search).HasComputedColumnSql(
                "to_tsvector('simple', translate(name || ' ' || coalesce(identifier_text, ''), '.-/''@_&', '       '))", stored: true);
            organisation.HasIndex(Search).HasMethod("GIN");
            organisation.OwnsOne(o => o.Suspension, suspension => suspension.Property(s => s.StatusBefore).HasConversion<string>());
        });
        model.Entity<OrganisationIdentifier>(identifier =>
        {
            identifier.ToTable("organisation_identifier");
            identifier.HasKey(i => new { i.Scheme, i.Value });
        });
    }
}
