using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Messaging;
using Soc.Partners.Data;
using Soc.Partners.DueWork;

namespace Soc.Partners.Onboarding;

/// <summary>How long an application may stand still. Ours, not a rule of law: configuration <c>Onboarding</c>.</summary>
internal sealed class OnboardingSettings
{
    /// <summary>After this time without progress the registrars are reminded.</summary>
    public TimeSpan RemindAfter { get; set; } = TimeSpan.FromDays(30);

    /// <summary>After this time without progress it expires.</summary>
    public TimeSpan ExpireAfter { get; set; } = TimeSpan.FromDays(90);

    public bool InOrder() => TimeSpan.Zero < RemindAfter && RemindAfter < ExpireAfter;
}

internal static class OnboardingServices
{
    public static void AddOnboarding(this IServiceCollection services)
    {
        services.AddOptions<OnboardingSettings>().BindConfiguration("Onboarding")
            .Validate(settings => settings.InOrder(), "Onboarding: RemindAfter comes after nothing and before ExpireAfter.").ValidateOnStart();
        services.AddSingleton<IDueWork, ApplicationDeadlines>();
    }
}

/// <summary>Reminds of applications that stand still, once each, and ends those that stand still too long: their organisation is registered again, as before.</summary>
internal sealed class ApplicationDeadlines(IOptions<OnboardingSettings> settings) : IDueWork
{
    public string Name => "application-deadlines";

    public TimeSpan Every => TimeSpan.FromMinutes(10);

    public async Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var (remind, expire) = (now - settings.Value.RemindAfter, now - settings.Value.ExpireAfter);
        var stalled = await db.Applications
            .Where(application => (application.State == ApplicationState.Submitted || application.State == ApplicationState.Verified)
                && (application.ProgressedAt <= expire || (application.ProgressedAt <= remind && application.RemindedAt == null)))
            .ToListAsync(cancellation);
        foreach (var application in stalled)
        {
            if (application.ProgressedAt <= expire)
            {
                await ExpireAsync(application, db, now, cancellation);
            }
            else
            {
                db.Publish(application.Remind(now), application.Id, application.EventVersion);
                db.AuditClock(this, "application.remind", application.OrganisationId, now);
            }
        }
    }

    private async Task ExpireAsync(OnboardingApplication application, PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        application.Expire(now);
        db.AuditClock(this, "application.expire", application.OrganisationId, now);
        var organisation = await db.Organisations.SingleAsync(found => found.Id == application.OrganisationId, cancellation);
        if (organisation.Expire().Event is { } changed)
        {
            db.Publish(changed, organisation.Id, organisation.Version);
        }
    }
}
