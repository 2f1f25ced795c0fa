namespace Soc.Partners.Calls;

/// <summary>How many requests of an organisation the gateway answered by one route with one class of status on one day.</summary>
internal sealed class CallCount
{
    public Guid OrganisationId { get; init; }

    /// <summary>A day in the United Kingdom.</summary>
    public DateOnly Day { get; init; }

    /// <summary>The service that the route leads to.</summary>
    public string Service { get; init; } = "";

    /// <summary>The gateway's name of the route.</summary>
    public string Route { get; init; } = "";

    /// <summary>The first digit of the status.</summary>
    public short StatusClass { get; init; }

    public long Calls { get; init; }
}

/// <summary>A batch that was counted, so that its repetition is not.</summary>
internal sealed class CallCountBatch
{
    public Guid Id { get; init; }

    public DateTimeOffset ReceivedAt { get; init; }
}
