using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Soc.ServiceDefaults;

/// <summary>How a process turns failures into problem documents and how strictly it reads JSON.</summary>
internal static class ProblemsExtensions
{
    public static void AddProblems(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();

        // The exception tells where the body is malformed. Its message quotes the input: ProblemMiddleware reads the place and lets nobody see the rest.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(options =>
        {
            var json = options.SerializerOptions;
            json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.AllowDuplicateProperties = false;
            json.NumberHandling = JsonNumberHandling.Strict;
            json.RespectNullableAnnotations = true;
            json.RespectRequiredConstructorParameters = true;
            json.MaxDepth = 16;
            json.ReadCommentHandling = JsonCommentHandling.Disallow;
        });
    }
}
