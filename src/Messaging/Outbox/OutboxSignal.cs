using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Soc.Messaging.Outbox;

/// <summary>Wakes the dispatcher of this process. Setting it twice is setting it once.</summary>
internal sealed class OutboxSignal
{
    private readonly Channel<bool> channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Set() => channel.Writer.TryWrite(true);

    /// <summary>Returns when the signal was set, or after the given time, whichever comes first.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(atMost);
        try
        {
            await channel.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The time is up, which is the other reason to look.
        }
    }
}

/// <summary>Sets the signal after a commit that contained events, whether the transaction was the caller's or that of SaveChanges.</summary>
internal sealed class OutboxInterceptor(OutboxSignal signal) : SaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly ConditionalWeakTable<DbContext, object> uncommitted = [];

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        Saved(eventData.Context);
        return result;
    }

    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        Saved(eventData.Context);
        return ValueTask.FromResult(result);
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => Committed(eventData.Context);

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Committed(eventData.Context);
        return Task.CompletedTask;
    }

    public void TransactionRolledBack(DbTransaction transaction, TransactionEndEventData eventData) => Forget(eventData.Context);

    public Task TransactionRolledBackAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Forget(eventData.Context);
        return Task.CompletedTask;
    }

    private void Saved(DbContext? db)
    {
        if (db is null)
        {
            return;
        }

        // The rows are the dispatcher's from here on; tracked, they would only be looked through at the next save.
        var rows = db.ChangeTracker.Entries<OutboxMessage>().ToList();
        rows.ForEach(row => row.State = EntityState.Detached);
        if (rows.TrueForAll(row => row.Entity.HoldBack > TimeSpan.Zero))
        {
            // Facts wait anyway, and are looked for once a sweep.
            return;
        }

        if (db.Database.CurrentTransaction is null)
        {
            Wake();
        }
        else
        {
            uncommitted.AddOrUpdate(db, rows);
        }
    }

    private void Committed(DbContext? db)
    {
        if (Forget(db))
        {
            Wake();
        }
    }

    private void Wake()
    {
        DispatchSteps.Reach("committed");
        signal.Set();
    }

    private bool Forget(DbContext? db) => db is not null && uncommitted.Remove(db);
}
