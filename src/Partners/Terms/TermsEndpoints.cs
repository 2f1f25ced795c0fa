using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Soc.Messaging.Idempotency;
using Soc.Partners.Data;
using Soc.Partners.Onboarding;
using Soc.ServiceDefaults;

namespace Soc.Partners.Terms;

/// <summary>Accepts a version of the terms of use, with an answer to each of its questions by the question's code.</summary>
public sealed record AcceptTerms(int Version, [property: Required, MaxLength(100)] IReadOnlyDictionary<string, JsonElement> Answers);

/// <summary>The published versions of the terms of use, and which of them is in force.</summary>
internal sealed record TermsView(int Current, IReadOnlyList<TermsVersion> Versions);

/// <summary>What an organisation accepted last.</summary>
internal sealed record AcceptanceView(int Version, DateTimeOffset AcceptedAt, JsonElement Answers)
{
    public static AcceptanceView Of(TermsAcceptance acceptance) => new(
        acceptance.TermsVersion, acceptance.AcceptedAt, JsonSerializer.Deserialize<JsonElement>(acceptance.Answers));
}

internal static class TermsEndpoints
{
    public static void MapTerms(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/partners/v1/terms", Read).RequireAuthorization(Policies.Onboarding);
        routes.MapPost("/partners/v1/organisations/{id:guid}/terms-acceptances", Accept)
            .RequireAuthorization(Policies.Onboarding).RequireIdempotencyKey<PartnersDb>();
    }

    private static IResult Read(TimeProvider clock) =>
        Results.Ok(new TermsView(TermsOfUse.Published.Current(clock.Now()).Number, TermsOfUse.Published));

    private static async Task<IResult> Accept(
        Guid id, AcceptTerms body, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (await db.FindAdministeredAsync(id, caller, cancellation) is null)
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        var now = clock.Now();
        var (acceptance, refusal) = TermsAcceptance.Accept(TermsOfUse.Published, id, body.Version, body.Answers, caller.Actor, now);
        if (acceptance is null)
        {
            return refusal!.ToResult();
        }

        db.TermsAcceptances.Add(acceptance);
        await db.SaveAsync(caller, "terms.accept", id.ToString(), null, now, cancellation);
        return Results.Created($"/partners/v1/organisations/{id}/onboarding", AcceptanceView.Of(acceptance));
    }
}
