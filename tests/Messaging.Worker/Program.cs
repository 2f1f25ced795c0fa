using Soc.Messaging.Database;
using Soc.Messaging.Parking;
using Soc.Messaging.Worker;

Ledger.FailAt(Environment.GetEnvironmentVariable("FAIL_AT"));
var builder = Ledger.CreateBuilder(args, consumes: Environment.GetEnvironmentVariable("CONSUMES") != "false");
var app = builder.Build();
if (args is ["migrate", ..])
{
    return await app.MigrateAsync<LedgerDb>();
}

if (args is ["parked", ..])
{
    return await app.ParkedAsync(args);
}

Ledger.Map(app);
await app.StartAsync();
Console.WriteLine("started");
if (Environment.GetEnvironmentVariable("WRITE") is { } text)
{
    await using var scope = app.Services.CreateAsyncScope();
    await Ledger.WriteAsync(scope.ServiceProvider.GetRequiredService<LedgerDb>(), text);
    Console.WriteLine("written");
}

await app.WaitForShutdownAsync();
return 0;
