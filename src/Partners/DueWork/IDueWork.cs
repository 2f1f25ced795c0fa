using Soc.Partners.Data;

namespace Soc.Partners.DueWork;

/// <summary>Something that the clock brings about: an expiry, a reminder, a purge.</summary>
internal interface IDueWork
{
    /// <summary>Its name in logs, and the name of the lock that lets one replica at a time do it.</summary>
    string Name { get; }

    /// <summary>How often to look.</summary>
    TimeSpan Every { get; }

    /// <summary>
    /// Does what is due at <paramref name="now"/>. It runs in a transaction that holds the lock and is committed, after SaveChanges, when it returns; what it
    /// has done must no longer be due when it is asked again.
    /// </summary>
    Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation);
}
