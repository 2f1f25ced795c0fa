using System.Text.Encodings.Web;
using System.Text.Unicode;
using Soc.Contracts.Partners;
using Soc.Contracts.Referrals;
using Soc.Contracts.Strategy;
using Soc.Messaging;
using Soc.Messaging.Database;
using Soc.Messaging.Parking;
using Soc.Reporting.Data;
using Soc.Reporting.Log;
using Soc.Reporting.Reports;
using Soc.Reporting.Statistics;
using Soc.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDatabase<ReportingDb>("reporting");
builder.AddMessaging<ReportingDb>("reporting", messaging => messaging
    .Consumes<StrategyPublished, EventConsumer<StrategyPublished>>()
    .Consumes<DevelopmentRecorded, EventConsumer<DevelopmentRecorded>>()
    .Consumes<AnnualReportPublished, EventConsumer<AnnualReportPublished>>()
    .Consumes<WrittenQuestionAnswered, EventConsumer<WrittenQuestionAnswered>>()
    .Consumes<OrganisationRegistered, EventConsumer<OrganisationRegistered>>()
    .Consumes<OrganisationChanged, EventConsumer<OrganisationChanged>>()
    .Consumes<OrganisationSuspended, EventConsumer<OrganisationSuspended>>()
    .Consumes<OrganisationReinstated, EventConsumer<OrganisationReinstated>>()
    .Consumes<OrganisationClosed, EventConsumer<OrganisationClosed>>()
    .Consumes<ForumCreated, EventConsumer<ForumCreated>>()
    .Consumes<ForumMemberJoined, EventConsumer<ForumMemberJoined>>()
    .Consumes<ForumMemberLeft, EventConsumer<ForumMemberLeft>>()
    .Consumes<ForumClosed, EventConsumer<ForumClosed>>()
    .Consumes<ApplicationReminded, EventConsumer<ApplicationReminded>>()
    .Consumes<AgreementActivated, EventConsumer<AgreementActivated>>()
    .Consumes<SharingGroupMemberAdded, EventConsumer<SharingGroupMemberAdded>>()
    .Consumes<SharingGroupMemberRemoved, EventConsumer<SharingGroupMemberRemoved>>()
    .Consumes<RevocationIssued, EventConsumer<RevocationIssued>>()
    .Consumes<RevocationAcknowledged, EventConsumer<RevocationAcknowledged>>()
    .Consumes<RevocationOverdue, EventConsumer<RevocationOverdue>>()
    .Consumes<ClientApproved, EventConsumer<ClientApproved>>()
    .Consumes<CredentialRotated, EventConsumer<CredentialRotated>>()
    .Consumes<CredentialRevoked, EventConsumer<CredentialRevoked>>()
    .Consumes<CredentialExpiring, EventConsumer<CredentialExpiring>>()
    .Consumes<WebhookDisabled, EventConsumer<WebhookDisabled>>()
    .Consumes<AgreementReviewDue, EventConsumer<AgreementReviewDue>>()
    .Consumes<AgreementReviewed, EventConsumer<AgreementReviewed>>()
    .Consumes<AgreementExpired, EventConsumer<AgreementExpired>>()
    .Consumes<AgreementTerminated, EventConsumer<AgreementTerminated>>()
    .Consumes<AttestationMade, EventConsumer<AttestationMade>>()
    .Consumes<AttestationOverdue, EventConsumer<AttestationOverdue>>()
    .Consumes<ReferralSubmitted, FactConsumer<ReferralSubmitted>>()
    .Consumes<ReferralTriaged, FactConsumer<ReferralTriaged>>()
    .Consumes<ReferralDecided, FactConsumer<ReferralDecided>>()
    .Consumes<ReferralActivated, FactConsumer<ReferralActivated>>()
    .Consumes<ReferralReviewed, FactConsumer<ReferralReviewed>>()
    .Consumes<ReferralClosed, FactConsumer<ReferralClosed>>()
    .Consumes<ClockBreached, FactConsumer<ClockBreached>>()
    .Consumes<ReferralTransferred, FactConsumer<ReferralTransferred>>()
    .Consumes<BreakGlassUsed, FactConsumer<BreakGlassUsed>>()
    .Consumes<BreakGlassReviewed, FactConsumer<BreakGlassReviewed>>());
builder.Services.AddScoped<PageRenderer>();
builder.Services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));

var app = builder.Build();
if (args is ["migrate", ..])
{
    return await app.MigrateAsync<ReportingDb>();
}

if (args is ["rebuild", ..])
{
    return await Rebuild.RunAsync(app.Services, Console.Out);
}

if (args is ["parked", ..])
{
    return await app.ParkedAsync(args);
}

app.UseServiceDefaults();
app.MapReports();
app.MapStatistics();
await app.RunAsync();
return 0;
