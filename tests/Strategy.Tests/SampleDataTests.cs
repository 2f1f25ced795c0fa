using System.Diagnostics;
using Npgsql;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.Strategy.Tests;

public sealed class SampleDataTests
{
    [Fact]
    public async Task The_sample_strategies_are_loaded_once_however_often_and_their_events_flow()
    {
        await using var host = await ServiceHost<Program>.StartAsync("strategy");
        using var tap = await BrokerTap.OnAsync(
            host.Broker, "soc.strategy.strategy.published.v1", "soc.strategy.development.recorded.v1", "soc.strategy.annualreport.published.v1",
            "soc.strategy.writtenquestion.answered.v1");
        await MigrateWithSampleDataAsync(host);
        await MigrateWithSampleDataAsync(host);

        using var reader = host.As(Guid.NewGuid(), "reader", Scopes.StrategyRead);
        var strategies = (await StrategyApi.ReadAsync(reader, "/strategy/v1/strategies")).GetProperty("strategies").EnumerateArray()
            .Select(entry => (Code: entry.GetProperty("code").GetString(), Published: entry.GetProperty("published").GetString(), Version: entry.GetProperty("version").GetInt64()));
        Assert.Equal([("soc-2013", "2013-10", 14L), ("soc-2018", "2018-11-01", 6L)], strategies);
        var events = await tap.ReceiveAsync(20);
        Assert.Equal(20, events.Count);
        var versions = events.Select(envelope => envelope.GetProperty("headers")).GroupBy(
            headers => headers.GetProperty("soc-aggregate-id").GetString(), headers => int.Parse(headers.GetProperty("soc-aggregate-version").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.All(versions, aggregate => Assert.Equal(Enumerable.Range(1, aggregate.Count()), aggregate.Order()));
        var funding = events.Select(envelope => envelope.GetProperty("message")).Single(message => message.TryGetProperty("kind", out var kind) && kind.GetString() == "funding");

        // MassTransit writes a decimal as a string, so that no reader rounds it.
        Assert.Equal(
            ("10000000", "pursue", "source"),
            (funding.GetProperty("amountGbp").GetString(), funding.GetProperty("strand").GetString(), funding.GetProperty("mappedBy").GetString()));
    }

    private static async Task MigrateWithSampleDataAsync(ServiceHost<Program> host)
    {
        var service = new NpgsqlConnectionStringBuilder(host.ServiceConnectionString);
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "migrate", "--sample-data"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ConnectionStrings__strategy"] = host.OwnerConnectionString;
        start.Environment["ConnectionStrings__rabbitmq"] = host.Broker.ToString();
        start.Environment["Database__ServiceRole"] = service.Username;
        start.Environment["Database__ServicePassword"] = service.Password;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await errors);
    }
}
