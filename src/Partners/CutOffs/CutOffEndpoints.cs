using Microsoft.Net.Http.Headers;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.CutOffs;

internal static class CutOffEndpoints
{
    public static void MapCutOffs(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/internal/cut-offs", List).RequireAuthorization(Policies.Platform);

    /// <summary>Every cut-off. The other processes ask twice a second: nearly always the answer is 304.</summary>
    private static async Task<IResult> List(HttpRequest request, PartnersDb db, CancellationToken cancellation)
    {
        var list = await db.ReadCutOffsAsync(cancellation);
        if (request.Headers[PlatformProcess.Header] is [{ Length: > 0 and <= 128 } process])
        {
            await db.RecordReaderAsync(process, request.Headers.IfNoneMatch, cancellation);
        }

        return Results.Bytes(CutOffs.Write(list), "application/json", entityTag: new EntityTagHeaderValue(CutOffs.TagOf(list)));
    }
}
