using System.Collections.ObjectModel;

namespace Aspire.Hosting
{
    /// <summary>What an application is put together for.</summary>
    public enum DistributedApplicationOperation
    {
        /// <summary>To run on this machine.</summary>
        Run,

        /// <summary>To be deployed elsewhere: values are not known yet.</summary>
        Publish,
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>The resources of an application.</summary>
    public interface IResourceCollection : IList<IResource>;

    /// <summary>Reads what the builder's calls have said about a resource.</summary>
    public static class ResourceExtensions
    {
        /// <summary>The environment variables that the resource is given.</summary>
        /// <param name="resource">The resource.</param>
        /// <param name="applicationOperation">
        /// With <see cref="DistributedApplicationOperation.Publish"/>, what is known only when the application starts is given as an expression, such as
        /// <c>{partners.bindings.http.url}</c> or <c>{internal-key.value}</c>.
        /// </param>
        public static async ValueTask<Dictionary<string, string>> GetEnvironmentVariableValuesAsync(
            this IResourceWithEnvironment resource, DistributedApplicationOperation applicationOperation = DistributedApplicationOperation.Run)
        {
            var variables = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, value) in ((Resource)resource).Plan.Environment)
            {
                variables[name] = value switch
                {
                    IManifestExpressionProvider expression when applicationOperation == DistributedApplicationOperation.Publish => expression.ValueExpression,
                    IValueProvider provider => await provider.GetValueAsync() ?? "",
                    _ => value?.ToString() ?? "",
                };
            }

            return variables;
        }
    }

    internal sealed class ResourceCollection(IList<IResource> resources) : Collection<IResource>(resources), IResourceCollection;
}
