using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Soc.Messaging.Database;

/// <summary>The role that the service logs in as: it may use the tables and owns none of them.</summary>
internal static class ServiceRole
{
    /// <summary>Names and password reach the server as parameters; the server quotes them itself.</summary>
    private const string Apply = """
        do $do$
        declare
            role text := current_setting('soc.role');
            db text := current_database();
        begin
            if not exists (select from pg_roles where rolname = role) then
                execute format('create role %I', role);
            end if;
            if exists (select from pg_roles where rolname = role and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)) then
                raise exception 'The role % is there already and may do more than use tables.', role;
            end if;
            -- Nothing that is off already is taken away by name: only a superuser may, and in production the owner is none.
            execute format('alter role %I with login noinherit password %L', role, current_setting('soc.password'));
            execute format('alter role %I in database %I set statement_timeout = %L', role, db, '15s');
            execute format('alter role %I in database %I set lock_timeout = %L', role, db, '2s');
            execute format('alter role %I in database %I set idle_in_transaction_session_timeout = %L', role, db, '10s');
            execute format('revoke connect, temporary on database %I from public', db);
            execute format('grant connect on database %I to %I', db, role);
            execute format('grant usage on schema public to %I', role);
            execute format('grant select, insert, update, delete on all tables in schema public to %I', role);
            execute format('grant usage, select on all sequences in schema public to %I', role);
            execute format('alter default privileges in schema public grant select, insert, update, delete on tables to %I', role);
            execute format('alter default privileges in schema public grant usage, select on sequences to %I', role);
            execute format('revoke insert, update, delete on "__EFMigrationsHistory" from %I', role);
        end
        $do$
        """;

    /// <param name="restrict">What this service's role must not do after all, in the same transaction: at no moment may it do more.</param>
    public static async Task ApplyAsync<TDb>(TDb db, IConfiguration configuration, ILogger logger, Func<TDb, Task>? restrict)
        where TDb : DbContext
    {
        if (configuration["Database:ServicePassword"] is not { Length: > 0 } password)
        {
            logger.LogWarning("Database:ServicePassword is not set: no login role was created or changed, and the service cannot log in with one.");
            return;
        }

        await using var transaction = await db.Database.BeginTransactionAsync();
        var role = configuration["Database:ServiceRole"];
        await db.Database.ExecuteSqlAsync(
            $"select set_config('soc.role', coalesce({role}::text, current_database() || '_service'), true), set_config('soc.password', {password}, true)");
        await db.Database.ExecuteSqlRawAsync(Apply);
        if (restrict is not null)
        {
            await restrict(db);
        }

        await transaction.CommitAsync();
    }
}
