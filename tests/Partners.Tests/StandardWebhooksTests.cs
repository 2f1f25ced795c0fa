using System.Diagnostics;
using System.Text.Json;
using Soc.TestKit;
using static Soc.Partners.Tests.WebhookJourney;

namespace Soc.Partners.Tests;

/// <summary>What is sent verifies with the receivers' own library, npm's standardwebhooks, as it is published.</summary>
public sealed class StandardWebhooksTests(PartnersService service)
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Every_delivery_verifies_with_the_stock_library_before_during_and_after_the_rotation_of_the_secret()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);
        await HappensAsync(1);
        var first = (await webhook.ReadAsync()).Body.GetProperty("secrets")[0].GetProperty("id").GetString();

        var successor = (await webhook.DoAsync("/secrets")).Expect(System.Net.HttpStatusCode.OK).Body.GetProperty("secret").GetString()!;
        await HappensAsync(2);
        (await webhook.DoAsync($"/secrets/{first}/revocation")).Expect(System.Net.HttpStatusCode.OK);
        await HappensAsync(3);

        var (proof, before, during, after) = (receiver.Challenges[0], receiver.Events[0], receiver.Events[1], receiver.Events[2]);
        Assert.Equal([1, 2, 1], new[] { before, during, after }.Select(call => call.Signature.Split(' ').Length));
        Assert.Equal(
            ["verified", "verified", "verified", "verified", "verified"],
            await VerifyAsync((webhook.Secret, proof), (webhook.Secret, before), (webhook.Secret, during), (successor, during), (successor, after)));
        Assert.Equal(
            ["refused: No matching signature found", "refused: No matching signature found", "refused: No matching signature found"],
            await VerifyAsync(
                (successor, before), (webhook.Secret, after), (webhook.Secret, before with { Body = [.. before.Body, (byte)' '] })));

        async Task HappensAsync(int count)
        {
            await service.HappenAsync(partner);
            await Eventually.TrueAsync(() => Task.FromResult(receiver.Events.Count == count), "the event arrives");
        }
    }

    /// <summary>What the library says of each, in order.</summary>
    private static async Task<List<string>> VerifyAsync(params (string Secret, Received Call)[] calls)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "standard-webhooks");
        if (!File.Exists(Path.Combine(folder, "node_modules", "standardwebhooks", "package.json")))
        {
            await RunAsync("npm", folder, "", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        }

        var lines = calls.Select(each => JsonSerializer.Serialize(new { secret = each.Secret, headers = each.Call.Headers, body = Convert.ToBase64String(each.Call.Body) }));
        return [.. (await RunAsync("node", folder, string.Join('\n', lines), "verify.mjs")).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static async Task<string> RunAsync(string program, string folder, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"Cannot start {program}.");
        using var limit = new CancellationTokenSource(Bound);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}");
    }
}
