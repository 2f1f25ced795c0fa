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

var app = builder.Build();
app.UseMiddleware<ClientCertificates>();
app.UseForwardedHeaders();
app.UseMiddleware<SecurityHeaders>();
app.UseServiceDefaults(beforeAuthorization: pipeline => pipeline.UseMiddleware<CallCounting>().UseMiddleware<RateLimits>());
app.UseMiddleware<ForwardingFailures>();
app.MapForwarding();
await app.RunAsync();
