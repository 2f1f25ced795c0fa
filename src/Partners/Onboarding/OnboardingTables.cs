using Microsoft.EntityFrameworkCore;
using Soc.Partners.Organisations;

namespace Soc.Partners.Onboarding;

internal static class OnboardingTables
{
    public static void MapOnboardingTables(this ModelBuilder model)
    {
        model.Entity<OnboardingApplication>(application =>
        {
            application.ToTable("onboarding_application");
            application.Property(a => a.Id).ValueGeneratedNever();
            application.Property(a => a.State).HasConversion<string>();
            application.HasIndex(a => new { a.State, a.ProgressedAt });
            application.HasOne<Organisation>().WithMany().HasForeignKey(a => a.OrganisationId);
        });
        model.Entity<ConformanceRun>(run =>
        {
            run.ToTable("conformance_run");
            run.Property(r => r.Id).ValueGeneratedNever();
            run.Property(r => r.Version).IsConcurrencyToken();
            run.HasOne<Organisation>().WithMany().HasForeignKey(r => r.OrganisationId);
        });
    }
}
