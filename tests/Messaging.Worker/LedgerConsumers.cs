using MassTransit;

namespace Soc.Messaging.Worker;

/// <summary>Writes one effect a message; what a message says decides how it fails.</summary>
public sealed class EntryWrittenConsumer(LedgerDb db, ConsumerFaults faults) : IConsumer<EntryWritten>
{
    public Task Consume(ConsumeContext<EntryWritten> context)
    {
        faults.Meet(context.Message.Text);
        db.Add(new Effect { Entry = context.Message.Entry, Text = context.Message.Text });
        return Task.CompletedTask;
    }
}

public sealed class EntryClosedConsumer(LedgerDb db) : IConsumer<EntryClosed>
{
    public Task Consume(ConsumeContext<EntryClosed> context)
    {
        db.Add(new Effect { Entry = context.Message.Entry, Text = "closed" });
        return Task.CompletedTask;
    }
}

public sealed class EntryCountedConsumer(LedgerDb db) : IConsumer<EntryCounted>
{
    public Task Consume(ConsumeContext<EntryCounted> context)
    {
        db.Add(new Effect { Entry = context.Message.Token, Text = "counted" });
        return Task.CompletedTask;
    }
}

/// <summary>The faults that a test has not mended yet.</summary>
public sealed class ConsumerFaults
{
    public bool Mended { get; set; }

    public int Met { get; private set; }

    public void Meet(string text)
    {
        if (Mended || !text.StartsWith("fault:", StringComparison.Ordinal))
        {
            return;
        }

        Met++;
        switch (text)
        {
            case "fault:permanent":
                throw new PermanentException("rule-broken");
            case "fault:crash":
                Environment.FailFast("A message that kills its consumer's process.");
                break;
            default:
                throw new InvalidOperationException("secret-in-exception-text");
        }
    }
}
