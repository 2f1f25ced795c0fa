using Microsoft.EntityFrameworkCore;
using Soc.Partners.Organisations;

namespace Soc.Partners.Forums;

internal static class ForumTables
{
    public static void MapForumTables(this ModelBuilder model)
    {
        model.Entity<Forum>(forum =>
        {
            forum.ToTable("forum");
            forum.Property(f => f.Id).ValueGeneratedNever();
            forum.Property(f => f.Version).IsConcurrencyToken();
            forum.HasIndex(f => new { f.Name, f.Id });
            forum.HasMany(f => f.Members).WithOne().HasForeignKey(m => m.ForumId);
            forum.Navigation(f => f.Members).AutoInclude();
        });
        model.Entity<ForumMember>(member =>
        {
            member.ToTable("forum_member");
            member.Property(m => m.Id).ValueGeneratedNever();
            member.HasOne<Organisation>().WithMany().HasForeignKey(m => m.OrganisationId);
        });
    }
}
