using Soc.Contracts.Partners;
using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Messaging.Database;
using Soc.Messaging.Parking;
using Soc.Partners.Agreements;
using Soc.Partners.Attestations;
using Soc.Partners.Calls;
using Soc.Partners.Clients;
using Soc.Partners.Contacts;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.Disclosures;
using Soc.Partners.DueWork;
using Soc.Partners.Forums;
using Soc.Partners.Founding;
using Soc.Partners.Onboarding;
using Soc.Partners.Organisations;
using Soc.Partners.RevocationOrders;
using Soc.Partners.SharingGroups;
using Soc.Partners.Terms;
using Soc.Partners.Tokens;
using Soc.Partners.Webhooks;
using Soc.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddKeyEncryption();
builder.AddDatabase<PartnersDb>("partners");
builder.AddMessaging<PartnersDb>("partners", messages => messages
    .Publishes<OrganisationRegistered>()
    .Publishes<OrganisationChanged>()
    .Publishes<OrganisationSuspended>()
    .Publishes<OrganisationReinstated>()
    .Publishes<OrganisationClosed>()
    .Publishes<ForumCreated>()
    .Publishes<ForumMemberJoined>()
    .Publishes<ForumMemberLeft>()
    .Publishes<ForumClosed>()
    .Publishes<ApplicationReminded>()
    .Publishes<AgreementActivated>()
    .Publishes<SharingGroupMemberAdded>()
    .Publishes<SharingGroupMemberRemoved>()
    .Publishes<RevocationIssued>()
    .Publishes<RevocationAcknowledged>()
    .Publishes<RevocationOverdue>()
    .Publishes<ClientApproved>()
    .Publishes<CredentialRotated>()
    .Publishes<CredentialRevoked>()
    .Publishes<CredentialExpiring>()
    .Publishes<WebhookDisabled>()
    .Publishes<AgreementReviewDue>()
    .Publishes<AgreementReviewed>()
    .Publishes<AgreementExpired>()
    .Publishes<AgreementTerminated>()
    .Publishes<AttestationMade>()
    .Publishes<AttestationOverdue>()
    .Consumes<InformationDisclosed, InformationDisclosedConsumer>()
    .Consumes<NoticeIssued, NoticeConsumer>());
builder.Services.AddSingleton<AppliedCutOffs>();
builder.Services.AddSingleton<IDueWork, CutOffDating>();
builder.Services.AddScoped<OwnCutOffs>();
builder.Services.AddCutOffsFrom<OwnCutOffs>((own, cancellation) => own.ReadAsync(cancellation));
builder.Services.AddValidation();
builder.Services.AddOptions<RevocationOrderSettings>().BindConfiguration("RevocationOrders").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton(services => TokenSettings.From(services.GetRequiredService<IConfiguration>()));
builder.Services.AddOptions<SigningKeySettings>().BindConfiguration("SigningKeys").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton<SigningKeys>();
builder.Services.AddSingleton<TokenFactsQuery>();
builder.Services.AddScoped<TokenIssuer>();
builder.Services.AddOnboarding();
builder.Services.AddSingleton<IDueWork, LeavingDue>();
builder.Services.AddOptions<ContactSettings>().BindConfiguration("Contacts").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton<IDueWork, ContactPurge>();
builder.Services.AddOptions<CredentialSettings>().BindConfiguration("Credentials").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton<CredentialUse>();
builder.Services.AddHostedService(services => services.GetRequiredService<CredentialUse>());
builder.Services.AddSingleton<IDueWork, UsedAssertionPurge>();
builder.Services.AddSingleton<IDueWork, CredentialWarnings>();
builder.Services.AddPartnerHttpClient(KeySets.HttpClient);
builder.Services.AddSingleton<KeySets>();
builder.Services.AddSingleton<IDueWork, KeySetRefresh>();
builder.Services.AddWebhooks();
builder.Services.AddSingleton<IDueWork, MembershipsDue>();
builder.Services.AddSingleton<IDueWork, RevocationOrdersDue>();
builder.Services.AddSingleton<IDueWork, CallCountBatchPurge>();
builder.Services.AddOptions<AgreementOptions>().BindConfiguration("Agreements").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddOptions<AttestationOptions>().BindConfiguration("Attestations").ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton<IDueWork, AgreementClock>();
builder.Services.AddSingleton<IDueWork, AttestationClock>();
builder.Services.AddHostedService<DueWorkRunner>();

var app = builder.Build();
if (args is ["migrate", ..])
{
    return await app.MigrateAsync<PartnersDb>((services, db) => MigrationStep.RunAsync(services, db, args), ServiceGrants.RestrictAsync);
}

if (args is ["signing-keys", ..])
{
    return await SigningKeyRotation.RunAsync(app.Services, args);
}

if (args is ["parked", ..])
{
    return await app.ParkedAsync(args);
}

app.UseServiceDefaults();
app.MapOrganisations();
app.MapOnboarding();
app.MapConformance();
app.MapTerms();
app.MapContacts();
app.MapForums();
app.MapAgreements();
app.MapOwnAgreements();
app.MapAttestations();
app.MapClients();
app.MapTokens();
app.MapCutOffs();
app.MapWebhooks();
app.MapSharingGroups();
app.MapReceived();
app.MapCalls();
app.MapRevocationOrders();
app.MapDeliveries();
await app.RunAsync();
return 0;
