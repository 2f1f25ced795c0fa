using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Soc.Messaging.Database;

namespace Soc.Messaging.Parking;

/// <summary>The operator's commands for messages that wait for a person.</summary>
public static class ParkedExtensions
{
    private const string Usage = """
        parked list
        parked redrive ID --actor NAME [--confirm]   sends it to its own queue again, under the same message id
        parked discard ID --actor NAME [--confirm]   needs two people: the second one's command discards it
        Without --confirm nothing is changed and the message is shown.
        """;

    /// <summary>
    /// Runs <c>parked list</c>, <c>parked redrive ID --actor NAME [--confirm]</c> or <c>parked discard ID --actor NAME [--confirm]</c> against the
    /// service's database. Nothing of a message's content is shown. What is redriven leaves with the outbox of the running service.
    /// </summary>
    /// <param name="app">The application, built but not started.</param>
    /// <param name="args">The process's arguments, beginning with <c>parked</c>.</param>
    /// <param name="output">Where to write; the console when not given.</param>
    /// <returns>The process exit code: 0 done, 1 not possible in the message's present state, 2 not understood.</returns>
    public static async Task<int> ParkedAsync(this WebApplication app, string[] args, TextWriter? output = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        output ??= Console.Out;
        await using var connection = await app.Services.GetRequiredService<ServiceDatabase>().Service.OpenConnectionAsync();
        if (args is ["parked", "list"])
        {
            foreach (var line in await ParkingCommands.ListAsync(connection, null, CancellationToken.None))
            {
                await output.WriteLineAsync(line);
            }

            return 0;
        }

        if (args is not ["parked", "redrive" or "discard", var number, "--actor", { Length: > 0 } actor, .. var rest]
            || rest is not ([] or ["--confirm"])
            || !long.TryParse(number, CultureInfo.InvariantCulture, out var id))
        {
            await output.WriteLineAsync(Usage);
            return 2;
        }

        var shown = await ParkingCommands.ListAsync(connection, id, CancellationToken.None);
        if (shown.Count == 0)
        {
            await output.WriteLineAsync("There is no such message.");
            return 1;
        }

        await output.WriteLineAsync(shown[0]);
        if (rest is [])
        {
            await output.WriteLineAsync($"Nothing was changed. With --confirm: {args[1]}.");
            return 0;
        }

        var state = args[1] == "discard"
            ? await ParkingCommands.DiscardAsync(connection, id, actor, CancellationToken.None)
            : await ParkingCommands.SendAgainAsync(connection, null, id, actor, CancellationToken.None) ? "redriven" : null;
        await output.WriteLineAsync(state is null ? "Not possible: the message's state, or the person, does not allow it." : $"It is now: {state}.");
        return state is null ? 1 : 0;
    }
}
