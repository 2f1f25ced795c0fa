using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.CutOffs;

internal static class CutOffEndpoints
{
    public static void MapCutOffs(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/internal/cut-offs", List).RequireAuthorization(Policies.Platform);

    /// <summary>Every cut-off. The other processes ask twice a second: nearly always the answer is 304.</summary>
    private static async Task<IResult> List(PartnersDb db, CancellationToken cancellation)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(await db.ReadCutOffsAsync(cancellation), JsonSerializerOptions.Web);
        return Results.Bytes(body, "application/json", entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body))}\""));
    }
}
