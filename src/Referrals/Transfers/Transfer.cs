namespace Soc.Referrals.Transfers;

/// <summary>
/// The record of one transfer, which both units have: from the proposal to the effective instant. It names the case by its reference, says the band and the
/// region, and nothing of what was told.
/// </summary>
internal sealed class Transfer
{
    public required Guid Id { get; init; }

    public required Guid ReferralId { get; init; }

    public required string Reference { get; init; }

    public required string Region { get; init; }

    public required string Band { get; init; }

    public required Guid FromUnit { get; init; }

    public required Guid ToUnit { get; init; }

    public required string Reason { get; init; }

    public required string ProposedBy { get; init; }

    public required DateTimeOffset ProposedAt { get; init; }

    /// <summary>The bulk transfer that it is part of.</summary>
    public Guid? BulkTransferId { get; init; }

    /// <summary><c>proposed</c>, <c>accepted</c>, <c>refused</c> or <c>cancelled</c>.</summary>
    public required string Status { get; set; }

    public string? AnsweredBy { get; set; }

    public DateTimeOffset? AnsweredAt { get; set; }

    public string? RefusalReason { get; set; }

    /// <summary>The instant at which responsibility moves, once accepted; it stays on the record where the transfer is cancelled after that.</summary>
    public DateTimeOffset? EffectiveAt { get; set; }

    public string? CancelledBy { get; set; }

    public DateTimeOffset? CancelledAt { get; set; }
}

/// <summary>The transfer of a unit's whole load to another: proposed by one, accepted by the other, carried out case by case, each of them on its report.</summary>
internal sealed class BulkTransfer
{
    public required Guid Id { get; init; }

    public required Guid FromUnit { get; init; }

    public required Guid ToUnit { get; init; }

    public required string Reason { get; init; }

    public required string ProposedBy { get; init; }

    public required DateTimeOffset ProposedAt { get; init; }

    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary><c>proposed</c>, <c>running</c>, <c>done</c> or <c>cancelled</c>.</summary>
    public required string Status { get; set; }

    public string? AcceptedBy { get; set; }

    /// <summary>Who works on every case of it then: pseudonyms and roles, as JSON.</summary>
    public string? Team { get; set; }
}

/// <summary>What became of one case of a bulk transfer; written with the change to the case, so that an interrupted run goes on where it stopped.</summary>
internal sealed class BulkTransferItem
{
    public required Guid BulkTransferId { get; init; }

    public required Guid ReferralId { get; init; }

    public required string Reference { get; init; }

    /// <summary><c>moved</c>, or the code of the problem for which it was left.</summary>
    public required string Outcome { get; init; }

    public required DateTimeOffset At { get; init; }
}
