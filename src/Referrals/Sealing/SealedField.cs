namespace Soc.Referrals.Sealing;

/// <summary>One field of a case as it is stored: ciphertext only.</summary>
internal sealed class SealedField(Guid referralId, string field, long version, byte[] content)
{
    public Guid ReferralId { get; private init; } = referralId;

    public string Field { get; private init; } = field;

    /// <summary>The referral's version that the value was written in.</summary>
    public long Version { get; private init; } = version;

    public byte[] Content { get; private init; } = content;
}

/// <summary>The wrapped data key of one case, in a table of its own: destroying the row is the erasure of everything sealed for the case.</summary>
internal sealed class DataKey(Guid referralId, string wrappedBy, byte[] wrapped)
{
    public Guid ReferralId { get; private init; } = referralId;

    /// <summary>The key-encryption key that opens it.</summary>
    public string WrappedBy { get; private init; } = wrappedBy;

    public byte[] Wrapped { get; private init; } = wrapped;
}

/// <summary>The names of the sealed fields: what the additional data binds and what audit entries list.</summary>
internal static class SealedFields
{
    public const string Name = "subject.name";
    public const string Aliases = "subject.aliases";
    public const string DateOfBirth = "subject.date-of-birth";
    public const string Contact = "subject.contact";
    public const string Location = "subject.location";
    public const string Narrative = "narrative";
    public const string InterimBasis = "interim.basis";
    public const string OverrideReasoning = "assessment.override-reasoning";
    public const string ReviewNote = "review.note";
    public const string RiskToSafety = "decision.risk-to-safety";
    public const string CostOfArrangements = "decision.cost-of-arrangements";
    public const string AbilityToAdjust = "decision.ability-to-adjust";
    public const string WitnessFinding = "decision.witness-finding";
    public const string BasisWithoutCooperation = "decision.basis-without-cooperation";
}
