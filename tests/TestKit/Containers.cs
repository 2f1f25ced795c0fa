#if CONTAINERS
using System.Globalization;
using Testcontainers.PostgreSql;
using Testcontainers.RabbitMq;

namespace Soc.TestKit;

/// <summary>The run's servers as containers, on the full feed with Docker.</summary>
internal static class Containers
{
    public static async Task<PostgresServer?> StartPostgresAsync()
    {
        try
        {
            var container = new PostgreSqlBuilder().WithImage("postgres:15.14").Build();
            await container.StartAsync();
            return new PostgresServer(container.GetConnectionString());
        }
        catch (DotNet.Testcontainers.Builders.DockerUnavailableException)
        {
            return null;
        }
    }

    public static async Task<RabbitMqServer?> StartRabbitMqAsync()
    {
        try
        {
            var container = new RabbitMqBuilder().WithImage("rabbitmq:3.13.7-management").WithPortBinding(15672, assignRandomHostPort: true).Build();
            await container.StartAsync();
            var uri = new Uri(container.GetConnectionString());
            var management = string.Create(CultureInfo.InvariantCulture, $"http://{uri.UserInfo}@{container.Hostname}:{container.GetMappedPublicPort(15672)}");
            return new RabbitMqServer(new Uri(uri.GetLeftPart(UriPartial.Authority)), new Uri(management));
        }
        catch (DotNet.Testcontainers.Builders.DockerUnavailableException)
        {
            return null;
        }
    }
}
#endif
