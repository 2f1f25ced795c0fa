using Microsoft.EntityFrameworkCore;
using Soc.Partners.Agreements;
using Soc.Partners.Organisations;

namespace Soc.Partners.SharingGroups;

internal static class SharingGroupTables
{
    public static void MapSharingGroupTables(this ModelBuilder model)
    {
        model.Entity<SharingGroup>(group =>
        {
            group.ToTable("sharing_group");
            group.Property(g => g.Id).ValueGeneratedNever();
            group.Property(g => g.Version).IsConcurrencyToken();
            group.HasOne<Agreement>().WithMany().HasForeignKey(g => g.AgreementId);
            group.HasMany(g => g.Memberships).WithOne().HasForeignKey(m => m.SharingGroupId);
            group.Navigation(g => g.Memberships).AutoInclude();
        });
        model.Entity<Membership>(membership =>
        {
            // That the periods of one member do not overlap, the database enforces too: an exclusion constraint, which the model cannot say.
            membership.ToTable("sharing_group_membership");
            membership.Property(m => m.Id).ValueGeneratedNever();
            membership.HasOne<Organisation>().WithMany().HasForeignKey(m => m.OrganisationId);
            membership.HasIndex(m => m.From).HasFilter("not beginning_told").HasDatabaseName("ix_sharing_group_membership_beginnings");
            membership.HasIndex(m => m.Until).HasFilter("not end_told and until is not null").HasDatabaseName("ix_sharing_group_membership_ends");
        });
        model.Entity<Share>(share =>
        {
            share.ToTable("share");
            share.Property(s => s.Id).ValueGeneratedNever();
            share.Property(s => s.Marking).HasConversion<string>();
            share.HasOne<SharingGroup>().WithMany().HasForeignKey(s => s.SharingGroupId);
        });
    }
}
