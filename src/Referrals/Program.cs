using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Messaging.Database;
using Soc.Messaging.Parking;
using Soc.Referrals;
using Soc.Referrals.BreakGlass;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Data;
using Soc.Referrals.Drafts;
using Soc.Referrals.SampleData;
using Soc.Referrals.Sealing;
using Soc.Referrals.ThreatNotices;
using Soc.Referrals.Transfers;
using Soc.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddKeyEncryption();
builder.AddDatabase<ReferralsDb>("referrals");
builder.AddMessaging<ReferralsDb>("referrals", messages => messages
    .Publishes<ReferralSubmitted>()
    .Publishes<ReferralTriaged>()
    .Publishes<ReferralDecided>()
    .Publishes<ReferralActivated>()
    .Publishes<ReferralReviewed>()
    .Publishes<ReferralClosed>()
    .Publishes<ReferralTransferred>()
    .Publishes<ClockBreached>()
    .Publishes<BreakGlassUsed>()
    .Publishes<BreakGlassReviewed>()
    .Publishes<InformationDisclosed>()
    .Publishes<NoticeIssued>());
builder.Services.AddOptions<ReferralsOptions>().BindConfiguration("Referrals")
    .Validate(options => options.ReceivingUnit != Guid.Empty && options.AssessmentAgeLimits.ArePositive() && options.ReviewIntervalDays > 0 && options.DraftDays > 0 && options.Clocks.AreValid(),
        "Referrals: a receiving unit, positive age limits a positive review interval, and targets of clocks such as 15m or 2wd")
    .ValidateOnStart();
builder.Services.AddSingleton<CaseKeys>();
builder.Services.AddScoped<Casework>();
builder.Services.AddSingleton<ClockMetrics>();
builder.Services.AddSingleton<ClockRunner>();
builder.Services.AddHostedService(services => services.GetRequiredService<ClockRunner>());
builder.Services.AddHostedService<BulkTransferRunner>();
builder.Services.AddSingleton<BreakGlassMetrics>();
builder.Services.AddHostedService<OverdueReviews>();

var app = builder.Build();
if (args is ["migrate", ..])
{
    return await app.MigrateAsync<ReferralsDb>(
        async (services, db) =>
        {
            services.GetRequiredService<KeyEncryption>(); // the first key comes to be here
            if (args.Contains("--sample-data"))
            {
                await SampleReferrals.LoadAsync(services, db);
            }
        },
        ServiceGrants.RestrictAsync);
}

if (args is ["parked", ..])
{
    return await app.ParkedAsync(args);
}

app.UseServiceDefaults();
app.MapReferrals();
app.MapTransfers();
app.MapDrafts();
app.MapBreakGlass();
app.MapThreatNotices();
await app.RunAsync();
return 0;
