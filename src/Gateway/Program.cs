using Soc.Contracts;
using Soc.Gateway.Answers;
using Soc.Gateway.Calls;
using Soc.Gateway.Limits;
using Soc.Gateway.Routing;
using Soc.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddKnownProxies();
builder.AddRateLimits();
builder.AddCallCounts();
builder.AddForwarding();
builder.Services.AddAuthorizationBuilder()
    .AddPolicy("referrals.case-officer", policy => policy.RequireAnyScope(Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide))
    .AddPolicy("clients.read", policy => policy.RequireAnyScope(Scopes.OrganisationsRead, Scopes.IntegrationManage))
    .AddPolicy("clients.manage", policy => policy.RequireAnyScope(Scopes.OrganisationsRegister, Scopes.IntegrationManage))
    .AddPolicy("credentials.revoke", policy => policy.RequireAnyScope(Scopes.OrganisationsRegister, Scopes.IntegrationManage, Scopes.OrganisationsSuspend));

var app = builder.Build();
app.UseMiddleware<ClientCertificates>();
app.UseForwardedHeaders();
app.UseMiddleware<SecurityHeaders>();
app.UseServiceDefaults(beforeAuthorization: pipeline => pipeline.UseMiddleware<CallCounting>().UseMiddleware<RateLimits>());
app.UseMiddleware<ForwardingFailures>();
app.MapForwarding();
await app.RunAsync();
