using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Soc.Contracts.Referrals;
using Soc.TestKit;
using static Soc.Partners.Tests.WebhookJourney;

namespace Soc.Partners.Tests;

/// <summary>
/// The receiver, the service and the broker die in turn while events are produced. What Referrals had confirmed by the broker, and what the service had
/// answered for, arrives at least once, and by its id no more than once counts.
/// </summary>
public sealed class WebhookKillTests
{
    [Fact]
    public async Task Every_event_arrives_whatever_dies()
    {
        var (broker, server) = await PrivateServer.StartPrivateRabbitMqAsync();
        await using var stopped = broker;
        var keys = Directory.CreateTempSubdirectory("soc-keys-").FullName;
        var virtualHost = await server.CreateVirtualHostAsync("partners");

        // One replica takes the commands; another, which is killed, sends what is due.
        await using var migrated = new PartnersService
        {
            Further = new Dictionary<string, string?>
            {
                ["ConnectionStrings:rabbitmq"] = virtualHost.ToString(),
                ["KeyEncryption:Directory"] = keys,
                ["Webhooks:Poll"] = "01:00:00",
            },
        };
        await migrated.InitializeAsync();
        var partner = await migrated.LiveAsync();
        var receiver = await WebhookReceiver.StartAsync();
        var arrived = new ConcurrentDictionary<string, ConcurrentBag<string>>();
        Keep(receiver);
        using var webhook = await migrated.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated, Notice);
        var port = receiver.Address.Port;
        var process = Start();
        using var stop = new CancellationTokenSource();
        var (notices, agreements) = (new ConcurrentQueue<Guid>(), new ConcurrentQueue<Guid>());
        var referrals = await NoticePublisher.StartAsync(virtualHost);
        var producing = new[] { NoticesAsync(), AgreementsAsync() };

        await ProducedAsync(20);
        await receiver.DisposeAsync();
        await ProducedAsync(20);
        receiver = await WebhookReceiver.StartAsync(port);
        Keep(receiver);

        await ProducedAsync(20);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.Dispose();
        await ProducedAsync(20);
        process = Start();

        await ProducedAsync(20);
        await broker.QueuesWrittenAsync(virtualHost, 2);
        await Task.Run(broker.Kill, TestContext.Current.CancellationToken);
        var before = agreements.Count;
        await Eventually.TrueAsync(() => Task.FromResult(agreements.Count >= before + 2), "the service's own events go on without the broker");
        await broker.RestartAsync();
        await ProducedAsync(20);

        await stop.CancelAsync();
        await Task.WhenAll(producing);

        await Eventually.TrueAsync(
            () => Task.FromResult(notices.Concat(agreements).All(id => arrived.ContainsKey(id.ToString()))), "every event arrives", TimeSpan.FromSeconds(200));
        Assert.All(arrived, each => Assert.Contains(Guid.Parse(each.Key), notices.Concat(agreements)));
        Assert.All(arrived.Values, ids => Assert.Single(ids.Distinct()));
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.Dispose();
        await referrals.DisposeAsync();
        await receiver.DisposeAsync();
        Directory.Delete(keys, recursive: true);

        // By what it is about, each event with every id that it arrived under: under a second one it would be counted twice.
        void Keep(WebhookReceiver kept) => kept.Answer = (call, _) =>
        {
            arrived.GetOrAdd(call.Event.GetProperty("subject").GetString()!, _ => []).Add(call.Id);
            return Task.CompletedTask;
        };

        Task ProducedAsync(int more)
        {
            var (wanted, others) = (notices.Count + more, agreements.Count + 1);
            return Eventually.TrueAsync(() => Task.FromResult(notices.Count >= wanted && agreements.Count >= others), "events are produced", TimeSpan.FromSeconds(90));
        }

        // As the outbox of Referrals does: under one message id until the broker has confirmed it.
        async Task NoticesAsync()
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (!stop.IsCancellationRequested && await pace.WaitForNextTickAsync(CancellationToken.None))
            {
                var (notice, message) = (new NoticeIssued(partner.Organisation, Guid.NewGuid()), Guid.NewGuid());
                for (var confirmed = false; !confirmed;)
                {
                    try
                    {
                        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                        await referrals.PublishAsync(notice, message, limit.Token).WaitAsync(limit.Token);
                        confirmed = true;
                    }
#pragma warning disable CA1031 // The broker is away, in one of many ways.
                    catch (Exception)
#pragma warning restore CA1031
                    {
                    }
                }

                notices.Enqueue(notice.NoticeId);
            }
        }

        async Task AgreementsAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                agreements.Enqueue(await migrated.HappenAsync(partner));
            }
        }

        Process Start()
        {
            var start = new ProcessStartInfo("dotnet") { ArgumentList = { typeof(Program).Assembly.Location }, RedirectStandardOutput = true, RedirectStandardError = true };
            var settings = new Dictionary<string, string?>(migrated.Host.Issuer.Settings)
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ConnectionStrings:partners"] = migrated.Host.ServiceConnectionString,
                ["ConnectionStrings:rabbitmq"] = virtualHost.ToString(),
                ["KeyEncryption:Directory"] = keys,
                ["Outgoing:AllowPrivateAddresses"] = "true",
                ["Webhooks:Lease"] = "00:00:05",
                ["Webhooks:Poll"] = "00:00:00.05",
                ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Servers.FreePort()}"),
            };
            for (var i = 0; i < 50; i++)
            {
                settings[string.Create(CultureInfo.InvariantCulture, $"Webhooks:Schedule:{i}")] = "00:00:00.5";
            }

            foreach (var (key, value) in settings)
            {
                start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
            }

            var started = Process.Start(start) ?? throw new InvalidOperationException("Cannot start dotnet.");
            started.OutputDataReceived += (_, _) => { };
            started.ErrorDataReceived += (_, _) => { };
            started.BeginOutputReadLine();
            started.BeginErrorReadLine();
            return started;
        }
    }
}
