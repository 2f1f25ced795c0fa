using Microsoft.EntityFrameworkCore;
using Npgsql;
using Soc.Partners.Audit;
using Soc.ServiceDefaults;

namespace Soc.Partners.Data;

/// <summary>How every change ends: its audit entry, its events and its state in one transaction.</summary>
internal static class Changes
{
    /// <summary>Saves what the context holds together with its audit entry; of a refused change, the entry alone.</summary>
    /// <param name="alongside">A statement that belongs to the change and is executed in its transaction, such as its cut-off.</param>
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
                // The change first: a cut-off is dated by the clock, and must not grow old waiting for a lock before the commit.
                await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
                await db.SaveChangesAsync(cancellation);
                await alongside();
                await db.SaveChangesAsync(cancellation);
                await transaction.CommitAsync(cancellation);
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
}
