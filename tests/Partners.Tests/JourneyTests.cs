using System.Net;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Soc.Contracts;

namespace Soc.Partners.Tests;

public sealed class JourneyTests(PartnersService service)
{
    [Fact]
    public async Task An_organisation_that_has_passed_conformance_becomes_live_with_its_first_active_agreement_and_its_client_gets_a_token()
    {
        var partner = await service.LiveAsync();

        var organisation = (await service.Registrar.ReadAsync($"/partners/v1/organisations/{partner.Organisation}")).Expect(HttpStatusCode.OK);
        Assert.Equal("live", organisation.Body.GetProperty("status").GetString());
        Assert.Equal("\"7\"", organisation.ETag);

        var answer = (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        Assert.Equal("Bearer", answer.Body.GetProperty("token_type").GetString());
        Assert.Equal("no-store", answer.Headers["Cache-Control"]);
        Assert.InRange(answer.Body.GetProperty("expires_in").GetInt32(), 299, 300);

        var keys = await service.Host.Anonymous.ReadAsync("/partners/.well-known/jwks.json");
#pragma warning disable xUnit1051 // ValidateTokenAsync has no overload that takes a cancellation token and these parameters.
        var validated = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(
            answer.Body.GetProperty("access_token").GetString(),
            new TokenValidationParameters
            {
                ValidIssuer = service.Host.Issuer.Issuer,
                ValidAudience = "soc-platform",
                ValidTypes = ["at+jwt"],
                ValidAlgorithms = ["ES256"],
                IssuerSigningKeys = new JsonWebKeySet(keys.Text).GetSigningKeys(),
                TryAllIssuerSigningKeys = false,
            });
#pragma warning restore xUnit1051
        Assert.True(validated.IsValid, validated.Exception?.Message);
        Assert.Equal(partner.ClientId, validated.Claims["sub"]);
        Assert.Equal(partner.ClientId, validated.Claims["client_id"]);
        Assert.Equal(partner.Organisation.ToString(), validated.Claims["org"]);
        Assert.Equal($"{Scopes.OrganisationsRead} {Scopes.ReferralsSubmit} {Scopes.ReferralsUpdates}", validated.Claims["scope"]);
    }
}
