using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Soc.Messaging.Database;
using Soc.Messaging.Idempotency;
using Soc.Messaging.Outbox;

namespace Soc.Messaging.Worker;

/// <summary>The service: it writes entries, publishes that it did, and consumes what it published.</summary>
public static class Ledger
{
    public static WebApplicationBuilder CreateBuilder(string[] args, bool consumes = true)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton<ConsumerFaults>();
        builder.Services.AddSingleton<WriterFaults>();
        builder.Services.AddProblemDetails();
        builder.AddDatabase<LedgerDb>("ledger");
        builder.AddMessaging<LedgerDb>("ledger", messaging =>
        {
            messaging.Publishes<EntryWritten>().Publishes<EntryClosed>().Publishes<EntryUnheard>().Publishes<EntryCounted>();
            if (consumes)
            {
                messaging.Consumes<EntryWritten, EntryWrittenConsumer>().Consumes<EntryClosed, EntryClosedConsumer>().Consumes<EntryCounted, EntryCountedConsumer>();
            }
        });
        return builder;
    }

    public static async Task<Entry> WriteAsync(LedgerDb db, string text)
    {
        var entry = new Entry { Text = text };
        db.Add(entry);
        db.Publish(new EntryWritten(entry.Id, text), entry.Id, entry.Version);
        await db.SaveChangesAsync();
        return entry;
    }

    /// <summary>A creating endpoint. Who calls is what the caller says: the tests are about keys, not about tokens.</summary>
    public static void Map(WebApplication app)
    {
        app.UseExceptionHandler();
        app.Use((context, next) =>
        {
            context.User = new ClaimsPrincipal(new ClaimsIdentity(
            [
                new("org", Guid.Empty.ToString()), new("client_id", context.Request.Headers["X-Client"].ToString()), new("sub", "tester"), new("scope", ""),
            ], "test"));
            return next(context);
        });
        app.MapPost("/entries", async (NewEntry request, LedgerDb db, HttpContext context, WriterFaults faults) =>
        {
            var entry = await WriteAsync(db, request.Text);
            await faults.MeetAsync(request.Text);
            if (request.Text == "refused")
            {
                return Results.Problem(statusCode: 422);
            }

            context.Response.Headers.ETag = "\"1\"";
            return Results.Created($"/entries/{entry.Id}", new { entry.Id, entry.Text });
        }).RequireIdempotencyKey<LedgerDb>();
        app.MapGet("/entries", async (LedgerDb db) => await db.Entries.CountAsync());
    }

    /// <summary>The process ends at the named step, as hard as with SIGKILL, when the environment asks for it. Only here: the library has no such switch.</summary>
    public static void FailAt(string? step)
    {
        if (step is not null)
        {
            DispatchSteps.Reached = reached =>
            {
                if (reached == step)
                {
                    Environment.FailFast("fail-point " + step);
                }
            };
        }
    }
}

public sealed record NewEntry(string Text);

/// <summary>Lets a test hold a request in its handler.</summary>
public sealed class WriterFaults
{
    public TaskCompletionSource Entered { get; } = new();

    public TaskCompletionSource Released { get; } = new();

    public async Task MeetAsync(string text)
    {
        if (text == "slow")
        {
            Entered.TrySetResult();
            await Released.Task;
        }
    }
}
