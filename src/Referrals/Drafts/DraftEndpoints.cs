using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Sealing;
using Soc.Referrals.Submission;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Drafts;

/// <summary>A draft among the author's own; nothing of its content.</summary>
/// <param name="AllowedActions">Its submission, where that would be accepted as the draft is. Saving and deletion always are.</param>
internal sealed record DraftItem(Guid Id, DateTimeOffset SavedAt, DateTimeOffset PurgedAt, IEnumerable<string> AllowedActions);

internal sealed record DraftPage(IReadOnlyList<DraftItem> Items, string? Next);

/// <summary>Drafts: saved and resumed by their author alone, submitted with what the author has told by then.</summary>
internal static class DraftEndpoints
{
    public static void MapDrafts(this WebApplication app)
    {
        var drafts = app.MapGroup("/referrals/v1/drafts").RequireAuthorization(Scopes.ReferralsSubmit);
        ((IEndpointConventionBuilder)drafts).Finally(ReferralEndpoints.DoNotStore);
        drafts.MapPost("", CreateAsync).RequireIdempotencyKey<ReferralsDb>();
        drafts.MapGet("", ListAsync);
        drafts.MapGet("/{id}", ReadAsync);
        drafts.MapPut("/{id}", SaveAsync);
        drafts.MapDelete("/{id}", DeleteAsync);
        drafts.MapPost("/{id}/submission", SubmitAsync).RequireIdempotencyKey<ReferralsDb>();
    }

    private static async Task<IResult> CreateAsync(
        SubmitReferralRequest told, HttpContext http, Caller caller, ReferralsDb db, CaseKeys keys, IOptions<ReferralsOptions> options, TimeProvider clock)
    {
        if (Fields.Refusal(SubmitReferral.Limits(told)) is { } problem)
        {
            return problem.ToResult();
        }

        var (now, cancellation) = (clock.Now(), http.RequestAborted);
        await db.ActForAsync(caller, cancellation);
        var id = Guid.CreateVersion7(now);
        using var key = keys.Create(id, out var row);
        var draft = new Draft
        {
            Id = id, Organisation = caller.Organisation, Author = caller.Actor, WrappedBy = row.WrappedBy, Wrapped = row.Wrapped,
            Content = Seal(key, told, 1), SavedAt = now, Version = 1,
        };
        db.Add(draft);
        db.Add(AuditEntry.Of(caller, "draft.create", id, [Draft.Field], AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        http.Response.SetETag(1);
        var submittable = await SubmitReferral.CanBeAcceptedAsync(db, caller, [told], now, cancellation);
        return Results.Created($"/referrals/v1/drafts/{id}", ItemOf(draft, submittable[0], options.Value));
    }

    /// <summary>The author's own, the newest first.</summary>
    private static async Task<IResult> ListAsync(
        string? cursor, Caller caller, ReferralsDb db, CaseKeys keys, IOptions<ReferralsOptions> options, TimeProvider clock, CancellationToken cancellation)
    {
        Guid? after = cursor is null ? null : Cursor.Parts(cursor) is [var part] && Guid.TryParseExact(part, "D", out var last) ? last : Guid.Empty;
        if (after == Guid.Empty)
        {
            return ReferralsProblems.CursorInvalid.ToResult();
        }

        await using var transaction = await db.BeginForAsync(caller, cancellation);
        var own = Own(db, caller).AsNoTracking();
        var drafts = await (after is { } id ? own.Where(draft => draft.Id < id) : own).OrderByDescending(draft => draft.Id).Take(101).ToListAsync(cancellation);
        db.Add(AuditEntry.Of(caller, "draft.list", Guid.Empty, drafts.Count > 0 ? [Draft.Field] : [], AuditEntry.Done, clock.Now()));
        await db.SaveChangesAsync(cancellation);
        var page = drafts.Take(100).ToList();
        var submittable = await SubmitReferral.CanBeAcceptedAsync(db, caller, [.. page.Select(draft => Readable(keys, draft))], clock.Now(), cancellation);
        await transaction.CommitAsync(cancellation);
        return Results.Ok(new DraftPage([.. page.Select((draft, index) => ItemOf(draft, submittable[index], options.Value))], drafts.Count > 100 ? Cursor.Of(drafts[99].Id) : null));
    }

    private static Task<IResult> ReadAsync(string id, HttpContext http, Caller caller, ReferralsDb db, CaseKeys keys, TimeProvider clock) =>
        WithDraftAsync(id, http, caller, db, clock, "draft.read", _ => null, draft =>
        {
            http.Response.SetETag(draft.Version);
            return Task.FromResult(Results.Ok(Open(keys, draft)));
        });

    private static Task<IResult> SaveAsync(
        string id, SubmitReferralRequest told, HttpContext http, Caller caller, ReferralsDb db, CaseKeys keys, IOptions<ReferralsOptions> options, TimeProvider clock) =>
        WithDraftAsync(
            id, http, caller, db, clock, "draft.save", draft => Fields.Refusal(SubmitReferral.Limits(told)) ?? Preconditions.Check(http.Request, draft.Version), async draft =>
            {
                using var key = keys.Open(draft.Key);
                (draft.Version, draft.SavedAt) = (draft.Version + 1, clock.Now());
                draft.Content = Seal(key, told, draft.Version);
                http.Response.SetETag(draft.Version);
                await db.SaveChangesAsync(http.RequestAborted);
                return Results.Ok(ItemOf(draft, (await SubmitReferral.CanBeAcceptedAsync(db, caller, [told], draft.SavedAt, http.RequestAborted))[0], options.Value));
            });

    private static Task<IResult> DeleteAsync(string id, HttpContext http, Caller caller, ReferralsDb db, TimeProvider clock) =>
        WithDraftAsync(id, http, caller, db, clock, "draft.delete", draft => Preconditions.Check(http.Request, draft.Version), draft =>
        {
            db.Remove(draft);
            return Task.FromResult(Results.NoContent());
        });

    /// <summary>Submits what the draft tells, as if it had been sent whole, and destroys the draft with its key.</summary>
    private static async Task<IResult> SubmitAsync(
        string id, HttpContext http, Caller caller, ReferralsDb db, CaseKeys keys, IOptions<ReferralsOptions> options, TimeProvider clock)
    {
        var cancellation = http.RequestAborted;
        await db.ActForAsync(caller, cancellation);
        if (await FindAsync(db, caller, id, cancellation) is not { } draft)
        {
            return ReferralsProblems.DraftNotFound.ToResult();
        }

        var told = Open(keys, draft);
        db.Remove(draft);
        return await SubmitReferral.HandleAsync(told, caller, db, keys, options, clock, cancellation);
    }

    private static async Task<IResult> WithDraftAsync(
        string id, HttpContext http, Caller caller, ReferralsDb db, TimeProvider clock, string action, Func<Draft, Problem?> refusal, Func<Draft, Task<IResult>> then)
    {
        var cancellation = http.RequestAborted;
        await using var transaction = await db.BeginForAsync(caller, cancellation);
        if (Guid.TryParseExact(id, "D", out var draftId))
        {
            await db.Database.ExecuteSqlAsync($"select from draft where id = {draftId} for update", cancellation);
        }

        var draft = await FindAsync(db, caller, id, cancellation);
        var problem = draft is null ? ReferralsProblems.DraftNotFound : refusal(draft);
        var answer = problem?.ToResult() ?? await then(draft!);
        db.Add(AuditEntry.Of(caller, action, draftId, problem is null ? [Draft.Field] : [], problem?.Code ?? AuditEntry.Done, clock.Now()));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return answer;
    }

    public static IQueryable<Draft> Own(ReferralsDb db, Caller caller) =>
        db.Set<Draft>().Where(draft => draft.Organisation == caller.Organisation && draft.Author == caller.Actor);

    private static async Task<Draft?> FindAsync(ReferralsDb db, Caller caller, string id, CancellationToken cancellation) =>
        Guid.TryParseExact(id, "D", out var draftId) ? await Own(db, caller).SingleOrDefaultAsync(draft => draft.Id == draftId, cancellation) : null;

    private static byte[] Seal(CaseKey key, SubmitReferralRequest told, long version) => key.Seal(Draft.Field, version, JsonSerializer.Serialize(told, JsonSerializerOptions.Web)).Content;

    private static SubmitReferralRequest Open(CaseKeys keys, Draft draft)
    {
        using var key = keys.Open(draft.Key);
        return JsonSerializer.Deserialize<SubmitReferralRequest>(
            key.Open(new SealedField(draft.Id, Draft.Field, draft.Version, draft.Content)), JsonSerializerOptions.Web)!;
    }

    /// <summary>Null where its key or content cannot be read: the author must still find the others, and can delete it.</summary>
    private static SubmitReferralRequest? Readable(CaseKeys keys, Draft draft)
    {
        try
        {
            return Open(keys, draft);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static DraftItem ItemOf(Draft draft, bool submittable, ReferralsOptions options) =>
        new(draft.Id, draft.SavedAt, draft.SavedAt.AddDays(options.DraftDays), submittable ? ["submission"] : []);
}
