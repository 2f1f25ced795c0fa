using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Soc.Messaging.Database;

/// <summary>The service's own PostgreSQL database: the context, and the migration step.</summary>
public static class DatabaseExtensions
{
    /// <summary>Adds the DbContext over <c>ConnectionStrings:&lt;name&gt;</c>.</summary>
    /// <typeparam name="TDb">The service's DbContext.</typeparam>
    /// <param name="builder">The application's builder.</param>
    /// <param name="name">The database's name, which is also that of the connection string.</param>
    /// <returns>The same builder.</returns>
    public static WebApplicationBuilder AddDatabase<TDb>(this WebApplicationBuilder builder, string name)
        where TDb : DbContext
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddDbContext<TDb>(options => options.UseNpgsql(builder.Configuration.GetConnectionString(name)));
        return builder;
    }

    /// <summary>
    /// The migration step: applies the migrations as the database's owner, creates or updates the login role <c>&lt;database&gt;_service</c> with
    /// <c>Database:ServicePassword</c>, and gives it its grants.
    /// </summary>
    /// <typeparam name="TDb">The service's DbContext.</typeparam>
    /// <param name="app">The application, built but not started.</param>
    /// <param name="afterwards">What else to do in the same step, as owner: further grants, sample data. Must be repeatable.</param>
    /// <returns>The process exit code: 0 when all was done.</returns>
    public static async Task<int> MigrateAsync<TDb>(this WebApplication app, Func<IServiceProvider, TDb, Task>? afterwards = null)
        where TDb : DbContext
    {
        ArgumentNullException.ThrowIfNull(app);
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDb>();
        await db.Database.MigrateAsync();
        if (afterwards is not null)
        {
            await afterwards(scope.ServiceProvider, db);
        }

        return 0;
    }
}
