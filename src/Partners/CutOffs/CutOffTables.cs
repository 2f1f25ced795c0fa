using Microsoft.EntityFrameworkCore;
using Soc.ServiceDefaults;

namespace Soc.Partners.CutOffs;

internal static class CutOffTables
{
    /// <summary>Whether the change that it belongs to was not known to be committed when it was written.</summary>
    public const string Undated = "Undated";

    public static void MapCutOffTables(this ModelBuilder model)
    {
        model.Entity<CutOff>(cutOff =>
        {
            cutOff.ToTable("cut_off");
            cutOff.HasKey(c => c.Organisation);
            cutOff.Property<bool>(Undated).HasDefaultValue(false);
        });
        model.Entity<CutOffReader>(reader =>
        {
            reader.ToTable("cut_off_reader");
            reader.HasKey(r => r.Process);
        });
    }
}
