using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Soc.ServiceDefaults;

/// <summary>How a process turns failures into problem documents and how strictly it reads JSON.</summary>
public static class ProblemsExtensions
{
    /// <summary>Answers an exception that any handler may throw, such as a concurrency conflict found at the save, with a named problem instead of 500.</summary>
    /// <typeparam name="TException">The exception; inner exceptions are looked at too.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="problem">What the caller is told.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddExceptionProblem<TException>(this IServiceCollection services, Problem problem)
        where TException : Exception => services.AddSingleton(new ExceptionProblem(typeof(TException), problem));

    internal static void AddProblems(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();

        // In development the framework would throw instead, and the exception's message quotes the input.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = false);
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
