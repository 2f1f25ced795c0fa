using Microsoft.EntityFrameworkCore;
using Soc.ServiceDefaults;

namespace Soc.Partners.CutOffs;

internal static class CutOffTables
{
    public static void MapCutOffTables(this ModelBuilder model)
    {
        model.Entity<CutOff>(cutOff =>
        {
            cutOff.ToTable("cut_off");
            cutOff.HasKey(c => c.Organisation);
        });
        model.Entity<CutOffReader>(reader =>
        {
            reader.ToTable("cut_off_reader");
            reader.HasKey(r => r.Process);
        });
    }
}
