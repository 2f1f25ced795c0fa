using System.Net;
using Soc.Contracts;

namespace Soc.Partners.Tests;

/// <summary>Every resource shows what its reader can do with it now, and offers nothing that would be refused.</summary>
public sealed class AllowedActionsTests(PartnersService service)
{
    /// <summary>What is part of a resource or a plain record, and why nothing is done with it by itself.</summary>
    private static readonly Dictionary<string, string> Parts = new(StringComparer.Ordinal)
    {
        ["Agreements.PartyView"] = "part of an agreement, which names signatures",
        ["Agreements.CoverView"] = "part of an agreement, follows from its terms",
        ["Agreements.TerminationView"] = "part of an agreement, which names termination",
        ["Attestations.AttestationView"] = "a record of what was attested, never changed",
        ["Calls.CallsView"] = "a record of calls, never changed",
        ["Calls.DayView"] = "part of the record of calls",
        ["Calls.RouteView"] = "part of the record of calls",
        ["Clients.KeyView"] = "part of a client, which names approval and revocation",
        ["Clients.KeySetView"] = "part of a client, which names key-set and revocation",
        ["Clients.SecretView"] = "part of a client, which names revocation",
        ["Clients.NewSecretView"] = "a secret, this once",
        ["Disclosures.ReceivedItem"] = "a record of what was received, never changed",
        ["Forums.ForumMemberView"] = "part of a forum, which names members",
        ["Organisations.SuspensionView"] = "part of an organisation, which names reinstatement",
        ["RevocationOrders.AcknowledgementView"] = "part of a revocation order, given once",
        ["SharingGroups.MemberView"] = "part of a sharing group, which names members",
        ["SharingGroups.MembershipView"] = "part of a sharing group, which names members",
        ["Terms.TermsView"] = "the same text for everybody",
        ["Terms.AcceptanceView"] = "a record of what was accepted, never changed",
        ["Webhooks.AttemptView"] = "part of a delivery, which names replay",
        ["Webhooks.SecretView"] = "part of a webhook, which names secrets",
    };

    [Fact]
    public void Every_resource_that_is_answered_shows_its_allowed_actions()
    {
        var types = typeof(PartnersProblems).Assembly.GetTypes();
        var items = types.Where(type => type.Name.EndsWith("Page", StringComparison.Ordinal))
            .SelectMany(page => page.GetProperty("Items")!.PropertyType.GetGenericArguments());
        var without = types.Where(type => type.Name.EndsWith("View", StringComparison.Ordinal)).Union(items)
            .Where(type => type.GetProperty("AllowedActions")?.PropertyType.IsAssignableTo(typeof(IEnumerable<string>)) != true)
            .Select(type => type.FullName!["Soc.Partners.".Length..]).Order(StringComparer.Ordinal);

        Assert.Equal(Parts.Keys.Order(StringComparer.Ordinal), without);
    }

    [Fact]
    public async Task An_application_shows_each_step_to_the_registrar_who_can_take_it_and_none_to_its_administrator()
    {
        var organisation = await service.AppliedAsync();
        using var administrator = service.Host.As(organisation, "an-administrator", Scopes.OrganisationAdminister);
        var path = $"/partners/v1/organisations/{organisation}/onboarding";
        IEnumerable<string?> Actions(Answer answer) => answer.Expect(HttpStatusCode.OK).Body.GetProperty("application").GetProperty("allowedActions").EnumerateArray().Select(action => action.GetString());

        Assert.Equal(["responsible-individual-verification"], Actions(await service.Registrar.ReadAsync(path)));
        Assert.Empty(Actions(await administrator.ReadAsync(path)));
        (await service.Registrar.ChangeAsync(
            $"/partners/v1/organisations/{organisation}/responsible-individual-verification", new { method = "identity-document-in-person" }, "\"2\"")).Expect(HttpStatusCode.OK);
        Assert.Equal(["approval"], Actions(await service.Registrar.ReadAsync(path)));
        (await service.Registrar.ChangeAsync($"/partners/v1/organisations/{organisation}/approval", null, "\"3\"")).Expect(HttpStatusCode.OK);
        Assert.Empty(Actions(await service.Registrar.ReadAsync(path)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_sandbox_client_is_offered_is_what_would_be_accepted(bool live)
    {
        var organisation = live ? (await service.LiveAsync()).Organisation : await service.ApprovedAsync();
        var registered = await service.Registrar.CreateAsync(
            $"/partners/v1/organisations/{organisation}/clients", new { name = "a-sandbox", scopes = new[] { Scopes.IntegrationManage }, sandbox = true });
        var path = $"/partners/v1/organisations/{organisation}/clients/{registered.Expect(HttpStatusCode.Created).Body.GetProperty("clientId").GetString()}";
        using var developer = service.Host.As(organisation, "a-developer", Scopes.IntegrationManage);

        for (var secrets = 0; secrets < 3; secrets++)
        {
            var offered = (await developer.ReadAsync(path)).Expect(HttpStatusCode.OK);
            var accepted = await developer.ChangeAsync(path + "/secrets", null, offered.ETag);

            Assert.Equal(accepted.Status == HttpStatusCode.Created, offered.Body.GetProperty("allowedActions").EnumerateArray().Select(action => action.GetString()).Contains("secrets"));
            Assert.Equal(!live && secrets < 2, accepted.Status == HttpStatusCode.Created);
        }
    }
}
