using System.Text.Json;
using Soc.ServiceDefaults;

namespace Soc.Partners.Terms;

/// <summary>That an organisation accepted a version of the terms of use, and how it answered. Never changed: the database refuses it.</summary>
internal sealed class TermsAcceptance
{
    private TermsAcceptance()
    {
    }

    public Guid Id { get; private init; }

    public Guid OrganisationId { get; private init; }

    public int TermsVersion { get; private init; }

    /// <summary>The answers as JSON, by the codes of the version's questions.</summary>
    public string Answers { get; private init; } = "";

    public DateTimeOffset AcceptedAt { get; private init; }

    /// <summary>The pseudonymous actor.</summary>
    public string AcceptedBy { get; private init; } = "";

    /// <summary>Accepts the version that is in force.</summary>
    public static (TermsAcceptance? Acceptance, Problem? Refusal) Accept(
        IReadOnlyList<TermsVersion> versions, Guid organisation, int version, IReadOnlyDictionary<string, JsonElement> answers, string actor, DateTimeOffset now)
    {
        var current = versions.Current(now);
        return version != current.Number ? (null, PartnersProblems.TermsNotCurrent)
            : !current.IsAnsweredBy(answers) ? (null, PartnersProblems.TermsAnswers)
            : (new TermsAcceptance
            {
                Id = Guid.CreateVersion7(now),
                OrganisationId = organisation,
                TermsVersion = version,
                Answers = JsonSerializer.Serialize(answers),
                AcceptedAt = now,
                AcceptedBy = actor,
            }, null);
    }
}
