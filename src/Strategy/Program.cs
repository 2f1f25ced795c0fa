using Soc.Contracts.Partners;
using Soc.Contracts.Strategy;
using Soc.Messaging;
using Soc.Messaging.Database;
using Soc.Messaging.Parking;
using Soc.ServiceDefaults;
using Soc.Strategy.Data;
using Soc.Strategy.Forums;
using Soc.Strategy.SampleData;
using Soc.Strategy.Strategies;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDatabase<StrategyDb>("strategy");
builder.AddMessaging<StrategyDb>("strategy", messaging => messaging
    .Publishes<StrategyPublished>()
    .Publishes<DevelopmentRecorded>()
    .Publishes<AnnualReportPublished>()
    .Publishes<WrittenQuestionAnswered>()
    .Consumes<ForumCreated, ForumCreatedConsumer>()
    .Consumes<ForumMemberJoined, ForumMemberJoinedConsumer>()
    .Consumes<ForumMemberLeft, ForumMemberLeftConsumer>()
    .Consumes<ForumClosed, ForumClosedConsumer>());
builder.Services.AddValidation();

var app = builder.Build();
if (args is ["migrate", ..])
{
    return await app.MigrateAsync<StrategyDb>((services, db) =>
        args.Contains("--sample-data") ? SampleStrategies.LoadAsync(db, services.GetRequiredService<TimeProvider>()) : Task.CompletedTask);
}

if (args is ["parked", ..])
{
    return await app.ParkedAsync(args);
}

app.UseServiceDefaults();
app.MapStrategies();
app.MapForums();
await app.RunAsync();
return 0;
