using Soc.Contracts;

namespace Soc.Messaging.Worker;

[Event("soc.ledger.entry.written.v1")]
public sealed record EntryWritten(Guid Entry, string Text);

[Event("soc.ledger.entry.closed.v1")]
public sealed record EntryClosed(Guid Entry);

[Event("soc.ledger.entry.unheard.v1")]
public sealed record EntryUnheard(Guid Entry);

[Event("soc.ledger.entry.counted.v1", Linkable = false)]
public sealed record EntryCounted(Guid Token, string Week);
