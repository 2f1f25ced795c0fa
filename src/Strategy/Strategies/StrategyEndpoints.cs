using Microsoft.EntityFrameworkCore;
using Npgsql;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Messaging.Idempotency;
using Soc.ServiceDefaults;
using Soc.Strategy.Data;
using Soc.Strategy.Forums;

namespace Soc.Strategy.Strategies;

internal static class StrategyEndpoints
{

    public static void MapStrategies(this WebApplication app)
    {
        var strategies = app.MapGroup("/strategy/v1/strategies");
        strategies.MapGet("", ListAsync).RequireAuthorization(Scopes.StrategyRead);
        strategies.MapGet("{id:guid}", ReadAsync).RequireAuthorization(Scopes.StrategyRead);
        strategies.MapPost("", PublishAsync).RequireAuthorization(Scopes.StrategyOwn).RequireIdempotencyKey<StrategyDb>();
        strategies.MapPost("{id:guid}/developments", RecordAsync).RequireAuthorization(Scopes.StrategyOwn).RequireIdempotencyKey<StrategyDb>();
        strategies.MapPost("{id:guid}/annual-reports", ReportAsync).RequireAuthorization(Scopes.StrategyOwn).RequireIdempotencyKey<StrategyDb>();
        strategies.MapPost("{id:guid}/written-answers", AnswerAsync).RequireAuthorization(Scopes.StrategyOwn).RequireIdempotencyKey<StrategyDb>();
    }

    private static async Task<IResult> ListAsync(StrategyDb db, CancellationToken cancellation) => TypedResults.Ok(new StrategyList(
        await db.Strategies.AsNoTracking().OrderBy(s => s.Published).ThenBy(s => s.Code)
            .Select(s => new StrategyListEntry(s.Id, s.Code, s.Title, s.Published, s.Supersedes, s.Version)).ToListAsync(cancellation)));

    private static async Task<IResult> ReadAsync(Guid id, Caller caller, HttpResponse response, StrategyDb db, CancellationToken cancellation)
    {
        var strategy = await db.WithProgress().AsNoTracking().FirstOrDefaultAsync(s => s.Id == id, cancellation);
        if (strategy is null)
        {
            return StrategyProblems.NotFound.ToResult();
        }

        response.SetETag(strategy.Version);
        return TypedResults.Ok(StrategyView.Of(strategy, await db.ForumsOfAsync(strategy, cancellation), caller));
    }

    private static async Task<IResult> PublishAsync(
        PublishStrategy facts, Caller caller, HttpResponse response, StrategyDb db, CancellationToken cancellation)
    {
        var (strategy, refusal) = await facts.AddToAsync(db, cancellation);
        return strategy is null
            ? refusal!.ToResult()
            : await SaveAsync(strategy, caller, response, db, StrategyProblems.CodeTaken, cancellation);
    }

    private static async Task<IResult> RecordAsync(
        Guid id, RecordDevelopment facts, Caller caller, HttpContext http, StrategyDb db, CancellationToken cancellation) =>
        facts.Forum is { } named && !await db.Forums.AnyAsync(forum => forum.Id == named, cancellation)
            ? StrategyProblems.ForumUnknown.ToResult()
            : await ChangeAsync(id, strategy => strategy.Record(facts), StrategyProblems.DevelopmentDuplicate, caller, http, db, cancellation);

    private static async Task<IResult> ReportAsync(
        Guid id, PublishAnnualReport facts, Caller caller, HttpContext http, StrategyDb db, TimeProvider time, CancellationToken cancellation) =>
        await db.AnnualReports.AnyAsync(report => report.Year == facts.Year, cancellation)
            ? StrategyProblems.ReportDuplicate.ToResult()
            : await ChangeAsync(
                id, strategy => strategy.Report(facts, Today(time)), StrategyProblems.ReportDuplicate, caller, http, db, cancellation);

    private static Task<IResult> AnswerAsync(
        Guid id, AnswerWrittenQuestion facts, Caller caller, HttpContext http, StrategyDb db, TimeProvider time, CancellationToken cancellation) =>
        ChangeAsync(id, strategy => strategy.Answer(facts, Today(time)), StrategyProblems.AnswerDuplicate, caller, http, db, cancellation);

    private static async Task<IResult> ChangeAsync<TEvent>(
        Guid id, Func<NationalStrategy, (TEvent? Event, Problem? Refusal)> verb, Problem duplicate,
        Caller caller, HttpContext http, StrategyDb db, CancellationToken cancellation)
        where TEvent : class
    {
        var strategy = await db.WithProgress().FirstOrDefaultAsync(s => s.Id == id, cancellation);
        if (strategy is null)
        {
            return StrategyProblems.NotFound.ToResult();
        }

        if (Preconditions.Check(http.Request, strategy.Version) is { } stale)
        {
            return stale.ToResult();
        }

        var (happened, refusal) = verb(strategy);
        if (happened is null)
        {
            return refusal!.ToResult();
        }

        db.Publish(happened, strategy.Id, strategy.Version);
        return await SaveAsync(strategy, caller, http.Response, db, duplicate, cancellation);
    }

    private static async Task<IResult> SaveAsync(
        NationalStrategy strategy, Caller caller, HttpResponse response, StrategyDb db, Problem duplicate, CancellationToken cancellation)
    {
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Preconditions.Failed.ToResult();
        }
        catch (DbUpdateException race) when (race.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return duplicate.ToResult();
        }

        response.SetETag(strategy.Version);
        return TypedResults.Created($"/strategy/v1/strategies/{strategy.Id}", StrategyView.Of(strategy, await db.ForumsOfAsync(strategy, cancellation), caller));
    }

    /// <summary>The forums that its developments rest on.</summary>
    private static async Task<IReadOnlyList<Forum>> ForumsOfAsync(this StrategyDb db, NationalStrategy strategy, CancellationToken cancellation)
    {
        var named = strategy.Developments.Where(development => development.Forum is not null).Select(development => development.Forum!.Value).ToHashSet();
        return named.Count == 0 ? [] : await db.Forums.AsNoTracking().Where(forum => named.Contains(forum.Id)).ToListAsync(cancellation);
    }

    /// <summary>The day at Westminster: what publication dates are counted in.</summary>
    private static DateOnly Today(TimeProvider time) => UkCalendar.Day(time.GetUtcNow());
}
