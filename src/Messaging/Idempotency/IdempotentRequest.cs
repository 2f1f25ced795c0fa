using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Soc.Messaging.Outbox;
using Soc.ServiceDefaults;

namespace Soc.Messaging.Idempotency;

/// <summary>One request with a key: looked up, worked on and remembered in one transaction; the answer leaves after the commit.</summary>
internal sealed class IdempotentRequest<TDb>(HttpContext context)
    where TDb : DbContext
{
    private const string Lock = "select pg_try_advisory_xact_lock(hashtextextended(@client || chr(10) || @key, 0))";

    private const string Find = """
        select request_hash, status, location, etag, content_type, body from idempotency_key
         where client_id = @client and key = @key and created_at > clock_timestamp() - @retention
        """;

    private const string Insert = """
        insert into idempotency_key (client_id, key, request_hash, status, location, etag, content_type, body)
        values (@client, @key, @hash, @status, @location, @etag, @content_type, @body)
        on conflict (client_id, key) do update
           set request_hash = excluded.request_hash, status = excluded.status, location = excluded.location, etag = excluded.etag,
               content_type = excluded.content_type, body = excluded.body, created_at = clock_timestamp()
        """;

    private readonly string client = Caller.From(context.User).ClientId;
    private readonly string key = context.Request.Headers[IdempotencyKeyRequired.Header].ToString();

    private byte[] hash = [];

    /// <summary>What is stored in the key's place, so that the database does not hold what the hash of the request is keyed with.</summary>
    private string KeyHash => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)));

    public async Task RunAsync(RequestDelegate handler)
    {
        if (key.Length is < 16 or > 128 || !key.All(character => character is >= '!' and <= '~'))
        {
            await IdempotencyProblems.KeyRequired.ToResult().ExecuteAsync(context);
            return;
        }

        hash = await HashRequestAsync();
        var db = context.RequestServices.GetRequiredService<TDb>();
        db.Database.AutoSavepointsEnabled = false; // two round trips for nothing: what fails is rolled back whole
        await using var transaction = await db.Database.BeginTransactionAsync(context.RequestAborted);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        if (await FindAnswerAsync(connection, (NpgsqlTransaction)transaction.GetDbTransaction()) is { } answer)
        {
            await transaction.RollbackAsync(CancellationToken.None);
            await answer();
            return;
        }

        using var body = new MemoryStream();
        if (!await HandleAsync(handler, body))
        {
            await transaction.RollbackAsync(CancellationToken.None);
        }
        else
        {
            // Not cancelled by a client that went away: its repetition must find the answer.
            await KeepAsync(connection, (NpgsqlTransaction)transaction.GetDbTransaction(), body.ToArray());
            await transaction.CommitAsync(CancellationToken.None);
            DispatchSteps.Reach("answering");
        }

        body.Position = 0;
        await body.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    /// <summary>What to answer without the handler, or null when it is to run.</summary>
    private async Task<Func<Task>?> FindAnswerAsync(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        // Two statements in one round trip: the second must see what the first's lock waited for, so it needs a snapshot of its own.
        await using var batch = new NpgsqlBatch(connection, transaction);
        var retention = context.RequestServices.GetRequiredService<IOptions<MessagingSettings>>().Value.IdempotencyRetention;
        batch.BatchCommands.Add(new(Lock) { Parameters = { new NpgsqlParameter("client", client), new NpgsqlParameter("key", KeyHash) } });
        batch.BatchCommands.Add(new(Find)
        {
            Parameters = { new NpgsqlParameter("client", client), new NpgsqlParameter("key", KeyHash), new NpgsqlParameter("retention", retention) },
        });
        await using var reader = await batch.ExecuteReaderAsync(context.RequestAborted);
        await reader.ReadAsync(context.RequestAborted);
        if (!reader.GetBoolean(0))
        {
            context.Response.Headers.RetryAfter = "1";
            return () => IdempotencyProblems.InProgress.ToResult().ExecuteAsync(context);
        }

        await reader.NextResultAsync(context.RequestAborted);
        if (!await reader.ReadAsync(context.RequestAborted))
        {
            return null;
        }

        if (!CryptographicOperations.FixedTimeEquals(reader.GetFieldValue<byte[]>(0), hash))
        {
            return () => IdempotencyProblems.KeyReused.ToResult().ExecuteAsync(context);
        }

        var headers = context.Response.Headers;
        context.Response.StatusCode = reader.GetInt16(1);
        headers.Location = reader.IsDBNull(2) ? default : reader.GetString(2);
        headers.ETag = reader.IsDBNull(3) ? default : reader.GetString(3);
        headers.ContentType = reader.IsDBNull(4) ? default : reader.GetString(4);
        headers["Idempotent-Replayed"] = "true";
        var kept = reader.GetFieldValue<byte[]>(5);
        return () => context.Response.Body.WriteAsync(kept).AsTask();
    }

    /// <returns>Whether the handler's answer says that it has done what was asked.</returns>
    private async Task<bool> HandleAsync(RequestDelegate handler, MemoryStream body)
    {
        var wire = context.Response.Body;
        context.Response.Body = body;
        try
        {
            await handler(context);
            return context.Response.StatusCode is >= 200 and < 300;
        }
        finally
        {
            context.Response.Body = wire;
        }
    }

    private async Task KeepAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, byte[] body)
    {
        var headers = context.Response.Headers;
        await using var insert = new NpgsqlCommand(Insert, connection, transaction);
        insert.Parameters.AddWithValue("client", client);
        insert.Parameters.AddWithValue("key", KeyHash);
        insert.Parameters.AddWithValue("hash", hash);
        insert.Parameters.AddWithValue("status", (short)context.Response.StatusCode);
        insert.Parameters.AddWithValue("location", NpgsqlDbType.Text, Value(headers.Location));
        insert.Parameters.AddWithValue("etag", NpgsqlDbType.Text, Value(headers.ETag));
        insert.Parameters.AddWithValue("content_type", NpgsqlDbType.Text, Value(headers.ContentType));
        insert.Parameters.AddWithValue("body", body);
        await insert.ExecuteNonQueryAsync(CancellationToken.None);

        static object Value(Microsoft.Extensions.Primitives.StringValues header) => header.Count == 0 ? DBNull.Value : header.ToString();
    }

    /// <summary>Keyed with the Idempotency-Key, which only the client has: whoever reads the table cannot try out what a short body may have said.</summary>
    private async Task<byte[]> HashRequestAsync()
    {
        var request = context.Request;

        // In memory only: the default would put what is over 30 KiB, and speaks of a protected person, into a temporary file. The server's limit bounds it.
        request.EnableBuffering(bufferThreshold: int.MaxValue);
        using var sha = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.ASCII.GetBytes(key));
        sha.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.PathBase}{request.Path}{request.QueryString}\n"));
        var buffer = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            sha.AppendData(buffer.AsSpan(0, read));
        }

        request.Body.Position = 0;
        return sha.GetHashAndReset();
    }
}
