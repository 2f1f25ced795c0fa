using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Soc.Partners.Audit;
using Soc.Partners.CutOffs;
using Soc.ServiceDefaults;

namespace Soc.Partners.Data;

/// <summary>How every change ends: its audit entry, its events and its state in one transaction.</summary>
internal static class Changes
{
    /// <summary>Saves what the context holds together with its audit entry; of a refused change, the entry alone.</summary>
    /// <param name="alongside">The cut-off that belongs to the change, executed in its transaction and dated after it.</param>
    /// <returns>The refusal, one found while saving, or null when all is saved.</returns>
    public static async Task<Problem?> SaveAsync(
        this PartnersDb db, Caller caller, string action, string subject, Problem? refusal, DateTimeOffset now, CancellationToken cancellation,
        Func<Task>? alongside = null)
    {
        db.AuditEntries.Add(new AuditEntry
        {
            At = now,
            Actor = caller.Actor,
            ClientId = caller.ClientId,
            OrganisationId = caller.Organisation,
            Action = action,
            SubjectId = subject,
            Outcome = refusal?.Code ?? AuditEntry.Done,
        });
        try
        {
            if (refusal is null && alongside is not null)
            {
                await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
                await db.SaveChangesAsync(cancellation);
                await alongside();
                await db.SaveChangesAsync(cancellation);
                await transaction.CommitAsync(cancellation);
                await db.DateCutOffAfterwardsAsync();
            }
            else
            {
                await db.SaveChangesAsync(cancellation);
            }

            return refusal;
        }
        catch (DbUpdateConcurrencyException)
        {
            return Preconditions.Failed;
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "api_client" or "client_key" })
        {
            return PartnersProblems.ClientAlreadyRegistered;
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "organisation_identifier" })
        {
            return PartnersProblems.OrganisationIdentifierTaken;
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { ConstraintName: "ex_sharing_group_membership_overlap" })
        {
            return PartnersProblems.MembershipOverlap;
        }
    }

    /// <summary>The change is done whatever becomes of this: until the cut-off is dated every token is refused, and the token endpoint dates it too.</summary>
    private static async Task DateCutOffAfterwardsAsync(this PartnersDb db)
    {
        try
        {
            await db.DateCutOffsAsync(CancellationToken.None);
        }
        catch (DbException)
        {
            // The database has gone; whoever asks for the next token dates it.
        }
    }
}
