using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;
using Microsoft.Net.Http.Headers;
using Soc.Reporting.Data;
using Soc.Reporting.Pages;

namespace Soc.Reporting.Reports;

/// <summary>The published reports: for everybody, as a page or as JSON.</summary>
internal static class ReportEndpoints
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    public static void MapReports(this WebApplication app)
    {
        app.MapMethods("/reports", Reading, IndexAsync).AllowAnonymous();
        app.MapMethods("/reports/annual/{year}", Reading, AnnualReportAsync).AllowAnonymous();
        app.MapMethods("/reports/answers/{day}", Reading, AnswersAsync).AllowAnonymous();
        app.MapMethods("/reports/assets/{name}", Reading, Asset).AllowAnonymous();
    }

    private static async Task<IResult> IndexAsync(HttpContext http, ReportingDb db, PageRenderer pages, CancellationToken cancellation) =>
        await AnswerAsync<IndexPage>(http, pages, await Composition.IndexAsync(db, cancellation));

    private static async Task<IResult> AnnualReportAsync(string year, HttpContext http, ReportingDb db, PageRenderer pages, CancellationToken cancellation) =>
        await AnswerAsync<AnnualReportPage>(http, pages, year.Length == 4 && int.TryParse(year, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? await Composition.AnnualReportAsync(db, number, cancellation)
            : null);

    private static async Task<IResult> AnswersAsync(string day, HttpContext http, ReportingDb db, PageRenderer pages, CancellationToken cancellation) =>
        await AnswerAsync<AnswersPage>(http, pages, DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? await Composition.AnswersAsync(db, date, cancellation)
            : null);

    private static IResult Asset(string name, HttpResponse response)
    {
        if (PageAsset.Find(name) is not { } asset)
        {
            return ReportingProblems.ReportNotFound.ToResult();
        }

        // Pages name an asset with the hash of its content, so that it never changes under its address.
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(asset.Content, asset.ContentType, entityTag: asset.ETag);
    }

    private static async Task<IResult> AnswerAsync<TPage>(HttpContext http, PageRenderer pages, object? model)
        where TPage : IComponent
    {
        var form = Negotiation.Choose(http.Request.GetTypedHeaders());
        var headers = http.Response.Headers;
        headers.Vary = HeaderNames.Accept;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        switch (form, model)
        {
            case (null, _):
                return ReportingProblems.NotAcceptable.ToResult();
            case (Negotiation.Json, null):
                return ReportingProblems.ReportNotFound.ToResult();
            case (_, null):
                return TypedResults.Content(
                    System.Text.Encoding.UTF8.GetString(await pages.RenderAsync<NotFoundPage>(null)), "text/html; charset=utf-8", statusCode: StatusCodes.Status404NotFound);
        }

        var body = form == Negotiation.Json ? JsonSerializer.SerializeToUtf8Bytes(model, Options) : await pages.RenderAsync<TPage>(model);
        headers.CacheControl = "public, max-age=60";
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body)[..16])}\"");
        return TypedResults.Bytes(body, form + "; charset=utf-8", entityTag: tag);
    }
}
