using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Soc.Contracts;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tests;

public sealed class AccessTests(PartnersService service)
{
    /// <summary>Every endpoint that asks for a token, and the scope it asks for.</summary>
    internal static readonly (string Method, string Route, string Policy)[] Protected =
    [
        ("POST", "/partners/v1/organisations", Scopes.OrganisationsRegister),
        ("GET", "/partners/v1/organisations", Scopes.OrganisationsRegister),
        ("POST", "/partners/v1/organisations/{id:guid}/correction", Scopes.OrganisationsRegister),
        ("POST", "/partners/v1/organisations/{id:guid}/offboarding", Scopes.OrganisationsRegister),
        ("POST", "/partners/v1/organisations/{id:guid}/closure", Scopes.OrganisationsRegister),
        ("GET", "/partners/v1/organisations/{id:guid}", Scopes.OrganisationsRead),
        ("POST", "/partners/v1/organisations/{id:guid}/approval", Scopes.OrganisationsRegister),
        ("GET", "/partners/v1/organisations/{id:guid}/onboarding", Policies.Onboarding),
        ("POST", "/partners/v1/organisations/{id:guid}/applications", Policies.Onboarding),
        ("POST", "/partners/v1/organisations/{id:guid}/responsible-individual-verification", Scopes.OrganisationsRegister),
        ("POST", "/partners/v1/forums", Scopes.OrganisationsRegister),
        ("GET", "/partners/v1/forums", Scopes.OrganisationsRead),
        ("GET", "/partners/v1/forums/{id:guid}", Scopes.OrganisationsRead),
        ("POST", "/partners/v1/forums/{id:guid}/members", Scopes.OrganisationsRegister),
        ("POST", "/partners/v1/forums/{id:guid}/members/{member:guid}/departure", Scopes.OrganisationsRegister),
        ("POST", "/partners/v1/forums/{id:guid}/closure", Scopes.OrganisationsRegister),
        ("GET", "/partners/v1/applications", Scopes.OrganisationsRegister),
        ("GET", "/partners/v1/terms", Policies.Onboarding),
        ("POST", "/partners/v1/organisations/{id:guid}/terms-acceptances", Policies.Onboarding),
        ("POST", "/partners/v1/conformance-runs", Scopes.IntegrationManage),
        ("GET", "/partners/v1/conformance-runs/{id:guid}", Scopes.IntegrationManage),
        ("POST", "/partners/v1/conformance-runs/{id:guid}/confirmation", Scopes.IntegrationManage),
        ("POST", "/partners/v1/organisations/{organisation:guid}/contacts", Policies.Onboarding),
        ("GET", "/partners/v1/organisations/{organisation:guid}/contacts", Policies.Contacts),
        ("GET", "/partners/v1/organisations/{organisation:guid}/contacts/{id:guid}", Policies.Contacts),
        ("POST", "/partners/v1/organisations/{organisation:guid}/contacts/{id:guid}/deletion", Policies.Onboarding),
        ("POST", "/partners/v1/organisations/{id:guid}/suspension", Scopes.OrganisationsSuspend),
        ("POST", "/partners/v1/organisations/{id:guid}/reinstatement", Scopes.OrganisationsSuspend),
        ("POST", "/partners/v1/organisations/{organisation:guid}/clients", "clients.manage"),
        ("GET", "/partners/v1/organisations/{organisation:guid}/clients/{id}", "clients.read"),
        ("POST", "/partners/v1/organisations/{organisation:guid}/clients/{id}/keys", "clients.manage"),
        ("POST", "/partners/v1/organisations/{organisation:guid}/clients/{id}/keys/{keyId}/approval", Scopes.OrganisationsSuspend),
        ("POST", "/partners/v1/organisations/{organisation:guid}/clients/{id}/keys/{keyId}/revocation", "credentials.revoke"),
        ("POST", "/partners/v1/organisations/{organisation:guid}/clients/{id}/key-set", "clients.manage"),
        ("POST", "/partners/v1/organisations/{organisation:guid}/clients/{id}/key-set/revocation", "credentials.revoke"),
        ("POST", "/partners/v1/organisations/{organisation:guid}/clients/{id}/secrets", "clients.manage"),
        ("POST", "/partners/v1/organisations/{organisation:guid}/clients/{id}/secrets/{secret:guid}/revocation", "credentials.revoke"),
        ("POST", "/partners/v1/organisations/{organisation:guid}/clients/{id}/certificates", "clients.manage"),
        ("POST", "/partners/v1/organisations/{organisation:guid}/clients/{id}/certificates/{thumbprint}/revocation", "credentials.revoke"),
        ("POST", "/partners/v1/agreements", Scopes.AgreementsManage),
        ("GET", "/partners/v1/agreements/{id:guid}", Scopes.OrganisationsRead),
        ("POST", "/partners/v1/agreements/{id:guid}/signatures", Scopes.AgreementsManage),
        ("POST", "/partners/v1/agreements/{id:guid}/activation", Scopes.AgreementsManage),
        ("POST", "/partners/v1/webhooks", Scopes.IntegrationManage),
        ("GET", "/partners/v1/webhooks", Scopes.IntegrationManage),
        ("GET", "/partners/v1/webhooks/{id:guid}", Scopes.IntegrationManage),
        ("PUT", "/partners/v1/webhooks/{id:guid}", Scopes.IntegrationManage),
        ("DELETE", "/partners/v1/webhooks/{id:guid}", Scopes.IntegrationManage),
        ("POST", "/partners/v1/webhooks/{id:guid}/secrets", Scopes.IntegrationManage),
        ("POST", "/partners/v1/webhooks/{id:guid}/secrets/{secret:guid}/revocation", Scopes.IntegrationManage),
        ("POST", "/partners/v1/webhooks/{id:guid}/verification", Scopes.IntegrationManage),
        ("POST", "/partners/v1/webhooks/{id:guid}/disablement", Scopes.IntegrationManage),
        ("POST", "/partners/v1/sharing-groups", Scopes.AgreementsManage),
        ("GET", "/partners/v1/sharing-groups", Policies.SharingGroupsRead),
        ("GET", "/partners/v1/sharing-groups/{id:guid}", Policies.SharingGroupsRead),
        ("POST", "/partners/v1/sharing-groups/{id:guid}/members", Scopes.AgreementsManage),
        ("POST", "/partners/v1/sharing-groups/{id:guid}/members/{organisation:guid}/end", Scopes.AgreementsManage),
        ("POST", "/partners/v1/sharing-groups/{id:guid}/members/{organisation:guid}/removal", Scopes.AgreementsManage),
        ("POST", "/partners/v1/sharing-groups/{id:guid}/shares", Scopes.IntegrationManage),
        ("GET", "/partners/v1/sharing-groups/{id:guid}/shares/{share:guid}/membership", Policies.SharingGroupsRead),
        ("GET", "/partners/v1/received", Policies.OwnRecords),
        ("GET", "/partners/v1/calls", Policies.OwnRecords),
        ("GET", "/partners/v1/revocation-orders", Policies.RevocationOrdersRead),
        ("GET", "/partners/v1/revocation-orders/{id:guid}", Policies.RevocationOrdersRead),
        ("POST", "/partners/v1/revocation-orders/{id:guid}/acknowledgement", Policies.RevocationOrdersAcknowledge),
        ("GET", "/partners/v1/webhooks/{id:guid}/deliveries", Scopes.IntegrationManage),
        ("POST", "/partners/v1/webhooks/{id:guid}/deliveries/{delivery:guid}/replay", Scopes.IntegrationManage),
        ("POST", "/partners/v1/webhooks/{id:guid}/replay", Scopes.IntegrationManage),
        ("GET", "/partners/v1/agreements", Scopes.OrganisationsRead),
        ("POST", "/partners/v1/agreements/{id:guid}/terms", Scopes.AgreementsManage),
        ("POST", "/partners/v1/agreements/{id:guid}/submission", Scopes.AgreementsManage),
        ("POST", "/partners/v1/agreements/{id:guid}/redraft", Scopes.AgreementsManage),
        ("POST", "/partners/v1/agreements/{id:guid}/review", Scopes.AgreementsManage),
        ("POST", "/partners/v1/agreements/{id:guid}/termination", Scopes.AgreementsManage),
        ("GET", "/partners/v1/organisations/{organisation:guid}/agreements", Scopes.OrganisationAttest),
        ("GET", "/partners/v1/organisations/{organisation:guid}/agreements/{id:guid}", Scopes.OrganisationAttest),
        ("POST", "/partners/v1/organisations/{organisation:guid}/agreements/{id:guid}/signature", Scopes.OrganisationAttest),
        ("POST", "/partners/v1/organisations/{organisation:guid}/agreements/{id:guid}/termination", Scopes.OrganisationAttest),
        ("GET", "/partners/v1/attestations", Scopes.OrganisationsRead),
        ("GET", "/partners/v1/organisations/{organisation:guid}/attestations", Scopes.OrganisationAttest),
        ("POST", "/partners/v1/organisations/{organisation:guid}/attestations", Scopes.OrganisationAttest),
        ("GET", "/internal/cut-offs", "platform"),
        ("POST", "/internal/request-counts", "platform"),
    ];

    /// <summary>The policies for which one of several scopes is enough; every other one is a scope.</summary>
    private static readonly Dictionary<string, string[]> AnyOf = new()
    {
        ["clients.read"] = [Scopes.OrganisationsRead, Scopes.IntegrationManage],
        ["clients.manage"] = [Scopes.OrganisationsRegister, Scopes.IntegrationManage],
        ["credentials.revoke"] = [Scopes.OrganisationsRegister, Scopes.IntegrationManage, Scopes.OrganisationsSuspend],
    };

    /// <summary>Every endpoint that anyone may call, and why.</summary>
    private static readonly Dictionary<string, string> Open = new()
    {
        ["POST /partners/oauth/token"] = "a client proves itself in the request",
        ["GET /partners/.well-known/jwks.json"] = "public keys",
        ["GET /partners/.well-known/oauth-authorization-server"] = "public facts",
        ["GET /health/live"] = "probes have no token; the answer is one word",
        ["GET /health/ready"] = "probes have no token; the answer is one word",
        ["GET /health/serving"] = "probes have no token; the answer is one word",
        ["GET /health/startup"] = "probes have no token; the answer is one word",
    };

    [Fact]
    public void Every_endpoint_names_its_policy_or_is_open_for_a_stated_reason()
    {
        var endpoints = service.Host.Services.GetService(typeof(EndpointDataSource)) is EndpointDataSource source
            ? source.Endpoints.OfType<RouteEndpoint>().ToList() : [];
        var found = endpoints.SelectMany(endpoint => Methods(endpoint).Select(method => (
            method, route: "/" + endpoint.RoutePattern.RawText!.TrimStart('/').TrimEnd('/'),
            policy: endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null ? "open" : endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy ?? "none"))).ToList();

        Assert.Equal(
            Protected.Select(each => $"{each.Method} {each.Route} {each.Policy}").Concat(Open.Keys.Select(each => each + " open")).Order(),
            found.Select(each => $"{each.method} {each.route} {each.policy}").Order());
    }

    [Fact]
    public async Task Every_endpoint_refuses_every_other_scope_and_every_missing_or_foreign_token()
    {
        foreach (var (method, route, policy) in Protected.Where(each => each.Policy != "platform"))
        {
            var path = route.Replace("{id:guid}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal)
                .Replace("{organisation:guid}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal)
                .Replace("{member:guid}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal)
                .Replace("{secret:guid}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal).Replace("{thumbprint}", "a-thumbprint", StringComparison.Ordinal)
                .Replace("{share:guid}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal)
                .Replace("{delivery:guid}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal)
                .Replace("{id}", "a-client", StringComparison.Ordinal).Replace("{keyId}", "a-key", StringComparison.Ordinal);
            var wanted = AnyOf.GetValueOrDefault(policy) ?? Policies.AnyOf.GetValueOrDefault(policy) ?? [policy];
            using var others = service.Host.As(PartnersService.HomeOffice, "another", [.. Scopes.All.Except(wanted)]);
            foreach (var scope in Scopes.All.Except(wanted))
            {
                using var other = service.Host.As(PartnersService.HomeOffice, "another", scope);
                (await SendAsync(other, method, path)).Expect(HttpStatusCode.Forbidden, "access.scope-missing");
            }

            (await SendAsync(others, method, path)).Expect(HttpStatusCode.Forbidden, "access.scope-missing");
            (await SendAsync(service.Host.Anonymous, method, path)).Expect(HttpStatusCode.Unauthorized, "access.token-missing");
            using var foreign = new HttpClient { BaseAddress = service.Host.Anonymous.BaseAddress };
            foreign.DefaultRequestHeaders.Authorization = new("Bearer", "not.a.token");
            (await SendAsync(foreign, method, path)).Expect(HttpStatusCode.Unauthorized, "access.token-invalid");
        }
    }

    [Fact]
    public async Task The_service_can_add_to_the_audit_trail_and_cannot_rewrite_it_or_touch_the_signing_keys()
    {
        await using var database = Npgsql.NpgsqlDataSource.Create(service.Host.ServiceConnectionString);
        foreach (var sql in new[]
        {
            "update disclosure set items = 1", "delete from disclosure", "update share set membership_hash = ''", "delete from share",
            "delete from sharing_group_membership", "update sharing_group_membership set \"from\" = now()",
            "update audit_entry set actor = 'x'", "delete from audit_entry", "truncate audit_entry", "drop table audit_entry",
            "update attestation set role = 'x'", "delete from attestation", "truncate attestation",
            "update signing_key set key_id = 'x'", "delete from signing_key", "insert into signing_key values ('x', '', 'x', now())",
            "update terms_acceptance set answers = '{}'", "delete from terms_acceptance",
        })
        {
            await using var command = database.CreateCommand(sql);
            var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
            Assert.Equal(Npgsql.PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    private static IEnumerable<string> Methods(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"];

    private static Task<Answer> SendAsync(HttpClient client, string method, string path) => method == "GET"
        ? client.ReadAsync(path)
        : client.SendAsync(path, null, method, ("Idempotency-Key", Guid.NewGuid().ToString()), ("If-Match", "\"1\""));
}
