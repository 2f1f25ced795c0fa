using Soc.Contracts;
using Soc.Gateway.Answers;
using Soc.Gateway.Limits;
using Soc.Gateway.Routing;
using Soc.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddKnownProxies();
builder.AddRateLimits();
builder.AddForwarding();
builder.Services.AddAuthorizationBuilder().AddPolicy(
    "referrals.case-officer", policy => policy.RequireAnyScope(Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide));

var app = builder.Build();
app.UseForwardedHeaders();
app.UseMiddleware<SecurityHeaders>();
app.UseServiceDefaults(beforeAuthorization: pipeline => pipeline.UseMiddleware<RateLimits>());
app.UseMiddleware<ForwardingFailures>();
app.MapForwarding();
await app.RunAsync();
